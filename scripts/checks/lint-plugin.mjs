/**
 * The project's own lint rules, which oxlint runs (.oxlintrc.json). Plain JavaScript, because oxlint does not compile
 * it.
 */
import { dirname, relative, resolve, sep } from 'node:path'
import { objection } from './import-direction.mjs'
import { isMisplacedVendorField } from './vendor-fields.mjs'

/** The path of the file in the project, with slashes. */
function pathOf(context) {
  return toProjectPath(context, context.filename)
}

function toProjectPath(context, file) {
  return relative(context.cwd, file).split(sep).join('/')
}

const importDirection = {
  create(context) {
    const file = pathOf(context)
    const check = (node) => {
      const specifier = node?.value
      if (typeof specifier !== 'string') return
      const isRelative = specifier.startsWith('.')
      const target = isRelative ? toProjectPath(context, resolve(dirname(context.filename), specifier)) : null
      const message = objection(file, specifier, target)
      if (message) context.report({ node, message })
    }
    return {
      ImportDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      TSImportType: ({ argument, source }) => check(source ?? argument?.literal ?? argument),
    }
  },
}

const mocking = new Set(['mock', 'doMock', 'hoisted', 'importMock', 'importActual'])

const noModuleMocks = {
  create(context) {
    const message = 'Module mocking is forbidden: use the real service or a fake that passes the contract of its port.'
    return {
      MemberExpression(node) {
        const isVi = node.object.type === 'Identifier' && ['vi', 'vitest'].includes(node.object.name)
        if (isVi && mocking.has(node.property.name)) context.report({ node, message })
      },
    }
  },
}

const skipping = new Set(['skip', 'skipIf', 'runIf', 'todo', 'only', 'fails'])

const noSkippedTests = {
  create(context) {
    return {
      MemberExpression(node) {
        const isTest =
          node.object.type === 'Identifier' && ['test', 'it', 'describe', 'suite'].includes(node.object.name)
        if (!isTest || !skipping.has(node.property.name)) return
        context.report({
          node,
          message: 'A test runs or is removed. It is never skipped, and never the only one that runs.',
        })
      },
    }
  },
}

const eachRow = new Set(['each', 'for'])

/** What a call calls (`test`, `describe`), and whether once for each row of a table. */
function called({ callee }) {
  const table = callee.callee ?? callee.tag
  const isTable = table?.type === 'MemberExpression' && eachRow.has(table.property.name)
  return { name: isTable ? table.object.name : callee.name, isTable }
}

const noBranchesInTables = {
  create(context) {
    const message = 'No branches in a test that runs for each row of a table: put what differs into the rows.'
    const check = (node) => {
      let isInTest = false
      for (let part = node; part.parent; part = part.parent) {
        const call = part.parent
        if (call.type !== 'CallExpression' || !call.arguments.includes(part)) continue
        const { name, isTable } = called(call)
        isInTest ||= name === 'test'
        if (isInTest && isTable) return context.report({ node, message })
      }
    }
    return { IfStatement: check, ConditionalExpression: check, SwitchStatement: check }
  },
}

const environmentReaders =
  /^(apps\/[^/]+\/src\/(config[^/]*\.ts|config\/.*|main\.ts)|scripts\/.*|test\/.*|bench\/.*|[^/]+\.config\.ts)$/

const environmentAtTheEdge = {
  create(context) {
    if (environmentReaders.test(pathOf(context))) return {}
    return {
      MemberExpression(node) {
        const isEnvironment = node.object.name === 'process' && (node.property.name ?? node.property.value) === 'env'
        if (!isEnvironment) return
        const message = "Only an app's config and main read the environment; pass what they parsed."
        context.report({ node, message })
      },
    }
  },
}

const vendorFieldsAtHome = {
  create(context) {
    const file = pathOf(context)
    const check = (node, name) => {
      if (typeof name !== 'string' || !isMisplacedVendorField(file, name)) return
      const message = `"${name}" is the vendor's word; translate it in packages/infra/src/vendor.`
      context.report({ node, message })
    }
    const checkKey = ({ key, computed }) => {
      if (key && !(computed && key.type === 'Identifier')) check(key, key.name ?? key.value)
    }
    return {
      Property: checkKey,
      PropertyDefinition: checkKey,
      TSPropertySignature: checkKey,
      MemberExpression: ({ property }) => check(property, property.name ?? property.value),
      TSIndexedAccessType: ({ indexType }) => check(indexType, indexType.literal?.value),
    }
  },
}

export default {
  meta: { name: 'seer' },
  rules: {
    'import-direction': importDirection,
    'no-module-mocks': noModuleMocks,
    'no-skipped-tests': noSkippedTests,
    'no-branches-in-tables': noBranchesInTables,
    'environment-at-the-edge': environmentAtTheEdge,
    'vendor-fields-at-home': vendorFieldsAtHome,
  },
}
