/** An object whose parts are made when they are read first, and stay the same then. To whoever lists its parts it has all of them. */
export function madeWhenRead<Name extends string, Part>(
  makers: ReadonlyMap<Name, () => Part>,
): Readonly<Partial<Record<Name, Part>>> {
  const made: Partial<Record<Name, Part>> = {};
  function make(read: string | symbol): void {
    if (Object.hasOwn(made, read)) return;
    for (const [name, maker] of makers) if (name === read) made[name] = maker();
  }
  return new Proxy(made, {
    get(target, read, receiver) {
      make(read);
      return Reflect.get(target, read, receiver);
    },
    has: (_, name) => typeof name === 'string' && new Set<string>(makers.keys()).has(name),
    ownKeys: () => [...makers.keys()],
    getOwnPropertyDescriptor(target, read) {
      make(read);
      return Reflect.getOwnPropertyDescriptor(target, read);
    },
  });
}
