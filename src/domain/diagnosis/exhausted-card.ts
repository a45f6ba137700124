/** PyTorch's text; the end of a long line may be cut off. */
const allocation = /\bTried to allocate [\d.]+ \w+\. GPU (\d+) /;

/**
 * The index of the GPU whose memory ran out, as the engine's log line names it: `Tried to allocate 1.75 GiB. GPU 0 has a
 * total capacity of ...`; null if it names none.
 */
export function exhaustedCard(evidence: string | null): number | null {
  const index = allocation.exec(evidence ?? '')?.[1];
  return index === undefined ? null : Number(index);
}
