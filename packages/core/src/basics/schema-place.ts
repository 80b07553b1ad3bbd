/** Looks up what a zod schema says about a place in it: the example in its metadata, or the fields of an object. */
import { z } from 'zod'

type Path = readonly PropertyKey[]

/** The first example that the schema gives for a place, as JSON or as plain text; undefined when it gives none. */
export function exampleAt(schema: z.ZodType, path: Path): string | undefined {
  for (const layer of layersAt(schema, path)) {
    const examples = z.globalRegistry.get(layer)?.examples as unknown[] | undefined
    const example = examples?.[0]
    if (example !== undefined) return typeof example === 'string' ? example : JSON.stringify(example)
  }
  return undefined
}

/** The names of the fields that an object may have at this place; empty where there is no object. */
export function fieldsAt(schema: z.ZodType, path: Path): string[] {
  const object = layersAt(schema, path).find((layer) => layer instanceof z.ZodObject)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

/** The schema at a place and everything that it is wrapped in, the outermost first; empty when there is none. */
function layersAt(schema: z.ZodType, path: Path): z.ZodType[] {
  const layers = unwrap(schema)
  const [key, ...rest] = path
  if (key === undefined) return layers
  for (const layer of layers) {
    const inner = insideOf(layer, key)
    if (inner) return layersAt(inner, rest)
  }
  return []
}

function insideOf(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)]
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType
  return undefined
}

function unwrap(schema: z.ZodType): z.ZodType[] {
  return [schema, ...wrappedIn(schema).flatMap(unwrap)]
}

function wrappedIn(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out] as z.ZodType[]
  if (schema instanceof z.ZodUnion) return schema.options as z.ZodType[]
  const def = schema.def as { innerType?: z.ZodType }
  return def.innerType ? [def.innerType] : []
}
