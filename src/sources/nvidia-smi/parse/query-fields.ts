/** Fields of every driver branch, identity first, so that a cut row still identifies its GPU. */
export const identityAndLoadFields: readonly string[] = [
  'timestamp',
  'count',
  'index',
  'uuid',
  'pci.bus_id',
  'memory.total',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'utilization.memory',
  'temperature.gpu',
  'temperature.memory',
  'power.draw',
  'enforced.power.limit',
  'clocks.sm',
  'pstate',
  'mig.mode.current',
  'ecc.errors.uncorrected.volatile.total',
  'persistence_mode',
];

/** Fields that the stream requests, if the driver supports them. */
export const wantedFields: readonly string[] = [
  ...identityAndLoadFields,
  'memory.reserved',
  'clocks.mem',
  'power.draw.instant',
  'clocks_event_reasons.active',
  'clocks_throttle_reasons.active',
  'fabric.state',
  'remapped_rows.pending',
  'remapped_rows.failure',
  'gpu_recovery_action',
];

/** Fields and their other spellings in the text of `--help-query-gpu`: quoted at a line's start, `or "alias"` after. */
export function helpFields(help: string): ReadonlySet<string> {
  const fields = new Set<string>();
  for (const line of help.split('\n')) {
    const names = /^\s*("[A-Za-z0-9_.]+"(?:\s+or\s+"[A-Za-z0-9_.]+")*)/.exec(line)?.[1];
    for (const match of (names ?? '').matchAll(/"([^"]+)"/g)) fields.add(match[1] ?? '');
  }
  return fields;
}

/** The wanted fields that this driver supports, in order, with the newer of two names. Null if the help is not readable. */
export function knownFields(help: string): readonly string[] | null {
  const known = helpFields(help);
  if (!known.has('index')) return null;
  return withoutOldSpelling(wantedFields.filter((field) => known.has(field)));
}

/** Only the newer of the two names of the clock event reasons, if both exist. */
export function withoutOldSpelling(fields: readonly string[]): readonly string[] {
  return fields.includes('clocks_event_reasons.active')
    ? fields.filter((field) => field !== 'clocks_throttle_reasons.active')
    : fields;
}

/** The field an answer rejects, or null. */
export function rejectedField(output: string): string | null {
  return /Field "([^"]+)" is not a valid field to query/.exec(output)?.[1] ?? null;
}

/** The list without the rejected field; the newer name of the clock event reasons is replaced by the older one. */
export function replaceRejected(fields: readonly string[], rejected: string): readonly string[] {
  if (rejected === 'clocks_event_reasons.active') {
    return fields.map((field) => (field === rejected ? 'clocks_throttle_reasons.active' : field));
  }
  return fields.filter((field) => field !== rejected);
}
