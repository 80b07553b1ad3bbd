/**
 * Makes the generated OpenAPI document pleasant to read: each schema once and under its own name, and no patterns where a
 * format says the same.
 */
type Node = Record<string, unknown>
export type OpenApiDocument = Node & { paths?: Node; components?: { schemas?: Node } }

const refStart = '#/components/schemas/'

/** Returns a tidy copy. */
export function tidyOpenApi<Document extends object>(document: Document): Document {
  const copy = simplify(document) as OpenApiDocument
  const schemas = copy.components?.schemas ?? {}
  const used = reachable(copy.paths ?? {}, schemas)
  // The generator writes each schema twice, as read (`XInput`) and as written (`X`). Most are used in one way only.
  const renamed = new Map<string, string>()
  for (const name of used) {
    const short = name.replace(/Input$/, '')
    if (short !== name && !used.has(short)) renamed.set(name, short)
  }
  const kept = [...used].sort().map((name) => [renamed.get(name) ?? name, schemas[name]])
  const tidy = { ...copy, components: { ...copy.components, schemas: Object.fromEntries(kept) } }
  return withBodyExamples(rename(tidy, renamed) as OpenApiDocument) as Document
}

type Operation = { requestBody?: Body }

/**
 * Gives each body the example of its schema. Without one, the reference page fills every field with a value of its type,
 * and whoever tries the route out sends `entryMessage: "string"` into a real meeting. The schemas say `example`, because
 * zod drops the `examples` of what it transforms.
 */
function withBodyExamples<Document extends OpenApiDocument>(document: Document): Document {
  const schemas = document.components?.schemas ?? {}
  for (const path of Object.values(document.paths ?? {})) {
    for (const { requestBody } of Object.values(path as Record<string, Operation>)) {
      const content = requestBody?.content?.['application/json']
      const example = content?.schema && exampleOf(content.schema, schemas)
      if (content && example !== undefined) content.example = example
    }
  }
  return document
}

function exampleOf(schema: BodySchema, schemas: Node): unknown {
  const named = schemas[nameOf(schema) ?? ''] as BodySchema | undefined
  const example = named?.example ?? schema.example
  return example ?? schema.anyOf?.map((option) => exampleOf(option, schemas)).find((found) => found !== undefined)
}

function simplify(value: unknown, isAnswer = false): unknown {
  if (Array.isArray(value)) return value.map((inner) => simplify(inner, isAnswer))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key, inner]) => {
    // Answers may get more fields in later versions; a client that was generated from this must not break then.
    return !isNoise(key, inner, value as Node) && !(isAnswer && key === 'additionalProperties' && inner === false)
  })
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      simplify(inner, isAnswer || key === 'responses' || isAnswerSchema(key, inner)),
    ]),
  )
}

/** Whether a component is for answers. Its twin for requests has the same name with `Input` at the end. */
function isAnswerSchema(name: string, schema: unknown): boolean {
  return (schema as Node | null)?.['type'] === 'object' && /^[A-Z]\w*$/.test(name) && !name.endsWith('Input')
}

type BodySchema = Node & { anyOf?: BodySchema[]; example?: unknown }
type Body = { content?: { 'application/json'?: { schema?: BodySchema; example?: unknown } } }

/** Whether a request may come without a body, which the validator sees as null. */
function mayBeNull({ content }: Body): boolean {
  return content?.['application/json']?.schema?.anyOf?.some(({ type }) => type === 'null') ?? false
}

function isNoise(key: string, inner: unknown, around: Node): boolean {
  const { format } = around
  if (key === 'required') return mayBeNull(around as Body)
  if (key === 'pattern') return format === 'date-time' || format === 'uuid'
  if (key === 'propertyNames') return true
  return (key === 'minimum' || key === 'maximum') && Math.abs(Number(inner)) === Number.MAX_SAFE_INTEGER
}

function reachable(from: unknown, schemas: Node): Set<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const name = nameOf(value)
    if (name !== null && !found.has(name)) {
      found.add(name)
      visit(schemas[name])
    }
    for (const inner of Object.values(value)) visit(inner)
  }
  visit(from)
  return found
}

function nameOf(value: object): string | null {
  const ref = (value as { $ref?: unknown }).$ref
  return typeof ref === 'string' && ref.startsWith(refStart) ? ref.slice(refStart.length) : null
}

function rename(value: unknown, names: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((inner) => rename(inner, names))
  if (typeof value !== 'object' || value === null) return value
  const name = nameOf(value)
  const entries = Object.entries(value).map(([key, inner]) => [key, rename(inner, names)])
  return { ...Object.fromEntries(entries), ...(name === null ? {} : { $ref: refStart + (names.get(name) ?? name) }) }
}
