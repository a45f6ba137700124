/** Makes the compiler prove that a switch handled every case; throws when data from outside slipped past a parser. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
