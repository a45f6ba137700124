/**
 * Node's HTTP module, without the `import` that would evaluate every export: one is a getter that loads a second HTTP
 * client and would delay the console.
 */
export function nodeHttp(): typeof import('node:http') {
  return process.getBuiltinModule('node:http');
}
