/** The families of a page of metrics: name to type. */
export function metricTypes(page: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const line of page.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) types.set(name, type);
  }
  return types;
}
