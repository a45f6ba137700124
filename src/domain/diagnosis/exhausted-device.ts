/** PyTorch's text; the end of a long line may be cut off. */
const allocation = /\bTried to allocate [\d.]+ \w+\. GPU (\d+) /;

/**
 * CUDA's number of the GPU whose memory ran out, as the engine's log line names it: `Tried to allocate 1.75 GiB. GPU 0 has
 * a total capacity of ...`; null if it names none. CUDA counts the GPUs that a process sees: it is not nvidia-smi's index.
 */
export function exhaustedDevice(evidence: string | null): number | null {
  const number = allocation.exec(evidence ?? '')?.[1];
  return number === undefined ? null : Number(number);
}
