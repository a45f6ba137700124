import {chmodSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {startGpuSource} from '../../../src/sources/nvidia-smi/gpu-source.ts';
import type {GpuSourceEvent} from '../../../src/sources/nvidia-smi/gpu-source-event.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

export const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};

const FAKE = fileURLToPath(new URL('../../fakes/nvidia-smi.mjs', import.meta.url));

export type Behavior = Readonly<Record<string, string | number | boolean | null>>;

/** A directory with an executable that runs the fake nvidia-smi with the behavior that was set last. */
export class FakeNvidiaSmi {
  readonly #place = makeTemporaryDirectory('fake-smi');
  readonly directory = this.#place.directory;
  readonly executable = join(this.directory, 'nvidia-smi');

  constructor(behavior: Behavior = {}) {
    this.behave(behavior);
    writeFileSync(join(this.directory, 'calls.log'), '');
    const run = `exec env FAKE_NVIDIA_SMI='${this.directory}' '${process.execPath}' '${FAKE}' "$@"`;
    writeFileSync(this.executable, `#!/bin/sh\n${run}\n`);
    chmodSync(this.executable, 0o755);
  }

  /** In one step, since the fake reads it at any moment. */
  behave(behavior: Behavior): void {
    writeFileSync(join(this.directory, 'behavior.next'), JSON.stringify(behavior));
    renameSync(join(this.directory, 'behavior.next'), join(this.directory, 'behavior.json'));
  }

  /** Lines of what was called: `start -q -x`, in order. */
  calls(what = 'start'): readonly string[] {
    const lines = readFileSync(join(this.directory, 'calls.log'), 'utf8').split('\n');
    return lines.flatMap((line) => (line.includes(` ${what}`) ? [line.slice(line.indexOf(' ') + 1)] : []));
  }

  /** Process ids of calls that are still alive; of those with `argument` alone, when it is given. */
  alive(argument = ''): readonly number[] {
    const lines = readFileSync(join(this.directory, 'calls.log'), 'utf8').split('\n');
    const started = lines.filter((line) => / start /.test(line) && line.includes(argument));
    const pids = started.map((line) => Number(line.split(' ')[0]));
    return pids.filter((pid) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    });
  }

  remove(): void {
    this.#place.remove();
  }
}

/** A running source over the fake, with all it said. */
export class WatchedSource {
  readonly events: GpuSourceEvent[] = [];
  /** When each of them came, monotonic. */
  readonly arrivalsMs: number[] = [];
  readonly #source: {readonly stop: () => Promise<void>};

  constructor(executable: string, pace: {readonly intervalMs?: number; readonly processesEveryMs?: number} = {}) {
    const onEvent = (event: GpuSourceEvent): void => {
      this.events.push(event);
      this.arrivalsMs.push(performance.now());
    };
    this.#source = startGpuSource({executable, intervalMs: 100, clock, onEvent, ...pace});
  }

  stop(): Promise<void> {
    return this.#source.stop();
  }

  of<T extends GpuSourceEvent['type']>(type: T): Extract<GpuSourceEvent, {type: T}>[] {
    return this.events.filter((event): event is Extract<GpuSourceEvent, {type: T}> => event.type === type);
  }

  get lastFrame() {
    return this.of('frame').at(-1)?.frame;
  }

  /** Codes of what is wrong now, without the part that all have. */
  get codes(): readonly string[] {
    return (this.of('findings').at(-1)?.findings ?? []).map(shortCode);
  }

  /** Codes of all that was ever said to be wrong. */
  get saidCodes(): readonly string[] {
    return this.of('findings').flatMap(({findings}) => findings.map(shortCode));
  }
}

export function shortCode({code}: Finding): string {
  return code.replace('source.nvidia-smi.', '');
}
