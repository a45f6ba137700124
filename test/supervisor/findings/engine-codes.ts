import {startPhases} from '../../../src/domain/lifecycle/phases.ts';
import {unknownLogContext} from '../../../src/engines/engine.ts';
import {llamacppFailures} from '../../../src/engines/llamacpp/failures/catalog.ts';
import type {Failure} from '../../../src/engines/log/failure-catalog.ts';
import {sglangFailures} from '../../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../../src/engines/vllm/failures/catalog.ts';

const catalogs: readonly (readonly [string, readonly Failure[]])[] = [
  ['vllm', vllmFailures],
  ['sglang', sglangFailures],
  ['llamacpp', llamacppFailures],
];

const contexts = [null, ...startPhases].flatMap((phase) =>
  [false, true].map((isReady) => ({...unknownLogContext, phase, isReady})),
);

/** The codes of the failures in the engines' catalogs that are of a kind, in every phase. */
export function catalogCodes(isOfKind: (failure: Failure) => boolean = () => true): readonly string[] {
  const codes = catalogs.flatMap(([engine, failures]) =>
    failures
      .filter(isOfKind)
      .flatMap(({code, codeAt}) => (codeAt === undefined ? [code] : contexts.map((context) => codeAt(context))))
      .map((code) => `${engine}.${code}`),
  );
  return [...new Set(codes)];
}
