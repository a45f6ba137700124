/**
 * Node's HTTP module, without the `import` that would read its every export: one of them is a getter that loads a whole
 * second HTTP client, which a console should not wait for.
 */
export function nodeHttp(): typeof import('node:http') {
  return process.getBuiltinModule('node:http');
}
