import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {CrashCause} from '../serving/engine-fault.ts';

/** PyTorch's out-of-memory message. */
export function outOfMemoryText(card: {
  readonly index: number;
  readonly wantedBytes: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly heldByOthersBytes?: number;
}): string {
  const inUse = card.totalBytes - card.freeBytes - (card.heldByOthersBytes ?? 0);
  const byTorch = inUse - 1.47 * BYTES_PER_GIB;
  return `CUDA out of memory. Tried to allocate ${sizeText(card.wantedBytes)}. GPU ${card.index} has a total capacity of ${sizeText(card.totalBytes)} of which ${sizeText(card.freeBytes)} is free. Including non-PyTorch memory, this process has ${sizeText(inUse)} memory in use. Of the allocated memory ${sizeText(byTorch)} is allocated by PyTorch, and ${sizeText(0.2 * BYTES_PER_GIB)} is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  (https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-cuda-alloc-conf)`;
}

/** NCCL's message, through PyTorch, for a full /dev/shm. */
export function sharedMemoryText(): string {
  return [
    'torch.distributed.DistBackendError: NCCL error in: /pytorch/torch/csrc/distributed/c10d/NCCLUtils.cpp:94, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.28.9',
    'ncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error. ',
    'Last error:',
    'Error while creating shared memory segment /dev/shm/nccl-Yk3vQd (size 9637888), error: No space left on device (28)',
  ].join('\n');
}

/** The exception that PyTorch raises in a worker of this rank. */
export function torchException(
  cause: CrashCause,
  card: {readonly rank: number; readonly totalBytes: number; readonly freeBytes: number},
): string {
  switch (cause) {
    case 'illegal-access':
      return 'torch.AcceleratorError: CUDA error: an illegal memory access was encountered';
    case 'unknown-error':
      return 'torch.AcceleratorError: CUDA error: unknown error';
    case 'out-of-memory': {
      const {rank: index, ...memory} = card;
      return `torch.OutOfMemoryError: ${outOfMemoryText({index, wantedBytes: 0.5 * BYTES_PER_GIB, ...memory})}`;
    }
  }
}

function sizeText(bytes: number): string {
  return bytes >= BYTES_PER_GIB ? `${(bytes / BYTES_PER_GIB).toFixed(2)} GiB` : `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}
