import {expect, test} from 'vitest';
import {ownReserve} from '../../../src/engines/sglang/own-reserve.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {catalogCard, H200, usualSettings} from '../../domain/memory/plan-samples.ts';

const RTX3090 = 'NVIDIA GeForce RTX 3090';

function reserveMib(card: string, ranks: number, version: string | null): number {
  const settings = {...usualSettings, tensorParallelSize: ranks};
  return ownReserve(settings, catalogCard(card), version).bytes / BYTES_PER_MIB;
}

test.each([
  // 512 + 1.5 x chunk + 128 per GPU + 2 x requests of the largest graph.
  ['0.5.19', 1, 512 + 3072 + 128 + 48],
  ['0.5.20', 1, 512 + 6144 + 128 + 96],
  ['0.5.19', 4, 512 + 3072 + 512 + 160],
  [null, 4, 512 + 6144 + 512 + 320],
])('SGLang %s on %i GPUs of 24 GB has its own prefill chunk and graphs', (version, ranks, mib) => {
  expect(reserveMib(RTX3090, ranks, version)).toBe(mib);
});

test('large GPUs reserve the same in every release', () => {
  expect(reserveMib(H200, 8, '0.5.19')).toBe(reserveMib(H200, 8, null));
});
