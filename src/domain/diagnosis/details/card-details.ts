import {z} from 'zod';
import type {GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';

/** Which card is meant, by whatever names it; null where the source does not tell. */
export const cardSchema = z.strictObject({
  index: z.int().nonnegative().nullable(),
  pciBusId: z.string().nullable(),
  uuid: z.string().nullable(),
});
export type CardDetails = z.infer<typeof cardSchema>;

/** What names the card of a sample. */
export function cardOf({index, pciBusId, uuid}: Pick<GpuSample, 'index' | 'pciBusId' | 'uuid'>): CardDetails {
  return {index, pciBusId: isPresent(pciBusId) ? pciBusId : null, uuid: isPresent(uuid) ? uuid : null};
}

/** Whether both mean the same card, by the first name that both have; null where they have none in common. */
export function isSameCard(one: CardDetails, other: CardDetails): boolean | null {
  if (one.pciBusId !== null && other.pciBusId !== null) return isSameAddress(one.pciBusId, other.pciBusId);
  if (one.uuid !== null && other.uuid !== null) return one.uuid === other.uuid;
  return one.index === null || other.index === null ? null : one.index === other.index;
}

/** Addresses differ in case, in the digits of the domain, and in whether they have domain and function at all. */
const addressPattern = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9a-f])?$/i;

/** `00000000:5D:00.0` as nvidia-smi has it is `0000:5d:00` of the kernel, and `5d:00.0`: the domain counts where both have one. */
function isSameAddress(one: string, other: string): boolean {
  const [, domain, place] = addressPattern.exec(one) ?? [];
  const [, otherDomain, otherPlace] = addressPattern.exec(other) ?? [];
  if (place === undefined || otherPlace === undefined) return one === other;
  if (place.toLowerCase() !== otherPlace.toLowerCase()) return false;
  return (
    domain === undefined ||
    otherDomain === undefined ||
    Number.parseInt(domain, 16) === Number.parseInt(otherDomain, 16)
  );
}

/** Facts of findings about one card. */
export const cardDetailSchemas = {
  'source.nvidia-smi.driver-event': cardSchema,
  'source.nvidia-smi.ecc-uncorrected': cardSchema,
  'source.nvidia-smi.fabric-not-ready': cardSchema,
  'source.nvidia-smi.fabric-unhealthy': cardSchema,
  'source.nvidia-smi.gpu-lost': cardSchema,
  'source.nvidia-smi.gpu-missing': cardSchema,
  'source.nvidia-smi.gpu-requires-reset': cardSchema,
  'source.nvidia-smi.no-permission': cardSchema,
  'source.nvidia-smi.nvlinks-inactive': cardSchema,
  'source.nvidia-smi.page-retirement-pending': cardSchema,
  'source.nvidia-smi.pcie-slow': cardSchema,
  'source.nvidia-smi.recovery-action': cardSchema,
  'source.nvidia-smi.row-remap-failure': cardSchema,
  'source.nvidia-smi.row-remap-pending': cardSchema,
  'source.nvidia-smi.unknown-error': cardSchema,
  /** The device that the IOMMU names; null where it names none. */
  'host.iommu-fault': z.strictObject({pciBusId: z.string().nullable()}),
  /** `xid`: NVIDIA's number of the error; `index`: of the GPU at the address as nvidia-smi has or had it, null if it never listed it. */
  'host.xid': z.strictObject({
    pciBusId: z.string(),
    index: z.int().nonnegative().nullable().default(null),
    /** The MIG instance that it is about; null for all of the GPU. */
    gpuInstanceId: z.int().nonnegative().nullable().default(null),
    xid: z.int().nonnegative(),
  }),
  'gpu.foreign-process': z.strictObject({
    pid: z.int(),
    name: z.string().nullable(),
    /** On all cards together. */
    usedBytes: z.number().nonnegative(),
    gpuIndexes: z.array(z.int().nonnegative()),
    /** Numbers that CUDA may give its GPUs in the engine's processes; null if that is unknown. */
    cudaNumbers: z.array(z.int().nonnegative()).nullable().default(null),
    /** On the cards that the plan uses; null without a plan. */
    plannedBytes: z.number().nonnegative().nullable().default(null),
  }),
} as const;
