import {z} from 'zod';

/** Which card is meant, by whatever names it; null where the source does not tell. */
const card = z.strictObject({
  index: z.int().nonnegative().nullable(),
  pciBusId: z.string().nullable(),
  uuid: z.string().nullable(),
});
export type CardDetails = z.infer<typeof card>;

/** Facts of findings about one card. */
export const cardDetailSchemas = {
  'source.nvidia-smi.driver-event': card,
  'source.nvidia-smi.ecc-uncorrected': card,
  'source.nvidia-smi.fabric-not-ready': card,
  'source.nvidia-smi.fabric-unhealthy': card,
  'source.nvidia-smi.gpu-lost': card,
  'source.nvidia-smi.gpu-missing': card,
  'source.nvidia-smi.gpu-requires-reset': card,
  'source.nvidia-smi.no-permission': card,
  'source.nvidia-smi.page-retirement-pending': card,
  'source.nvidia-smi.recovery-action': card,
  'source.nvidia-smi.row-remap-failure': card,
  'source.nvidia-smi.row-remap-pending': card,
  'source.nvidia-smi.unknown-error': card,
  /** `xid`: NVIDIA's number of the error. */
  'host.xid': z.strictObject({pciBusId: z.string(), xid: z.int().nonnegative()}),
  'gpu.foreign-process': z.strictObject({
    pid: z.int(),
    name: z.string().nullable(),
    /** On all cards together. */
    usedBytes: z.number().nonnegative(),
    gpuIndexes: z.array(z.int().nonnegative()),
  }),
} as const;
