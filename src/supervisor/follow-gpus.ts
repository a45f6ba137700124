import type {Finding} from '../domain/diagnosis/finding.ts';
import {utcTimeText} from '../shared/quantities/moments.ts';
import {barredUntilMs} from '../sources/host/external-work.ts';
import {type GpuSourceOptions, startGpuSource} from '../sources/nvidia-smi/gpu-source.ts';
import {endLeftChildren} from '../sources/nvidia-smi/stream/left-children.ts';
import {warningOf} from './snapshot/own-findings.ts';

/** The GPUs of this node, read by one program at a time. */
export type FollowedGpus = {
  /** Reads them with another program from now on. Findings of the earlier program are resolved. */
  readonly use: (executable: string) => void;
  readonly stop: () => Promise<void>;
};

/**
 * Reads the GPUs until stopped, after ending what a killed supervisor has left of its nvidia-smi. A program whose output
 * ended an earlier supervisor is started later.
 */
export function followGpus(options: GpuSourceOptions): FollowedGpus {
  endLeftChildren();
  const stopping: Promise<void>[] = [];
  let turn = 0;
  const start = (executable: string) => {
    turn += 1;
    const own = turn;
    // A program that hangs may still print something after it was replaced.
    return startInTime({
      ...options,
      executable,
      onEvent: (event) => (own === turn ? options.onEvent(event) : null),
    });
  };
  let source = start(options.executable);
  return {
    use(executable) {
      stopping.push(source.stop());
      options.onEvent({type: 'findings', findings: []});
      source = start(executable);
    },
    async stop() {
      await Promise.all([...stopping, source.stop()]);
    },
  };
}

/** Why no GPU is read for a while. */
export function skippedGpusFinding(untilMs: number): Finding {
  return warningOf({
    code: 'source.nvidia-smi.skipped',
    message: `The GPUs are not read before ${utcTimeText(untilMs)}: reading them ended an earlier supervisor.`,
    remedy: 'Run gantry report and send the archive. Until then, the values of the GPUs are unknown.',
  });
}

function startInTime(options: GpuSourceOptions): Pick<ReturnType<typeof startGpuSource>, 'stop'> {
  const {executable, clock, onEvent} = options;
  const untilMs = barredUntilMs('gpus', executable, clock.nowMs());
  if (untilMs === null) return startGpuSource(options);
  onEvent({type: 'findings', findings: [skippedGpusFinding(untilMs)]});
  let source: ReturnType<typeof startGpuSource> | null = null;
  const timer = setTimeout(() => {
    onEvent({type: 'findings', findings: []});
    source = startGpuSource(options);
  }, untilMs - clock.nowMs());
  return {
    async stop() {
      clearTimeout(timer);
      await source?.stop();
    },
  };
}
