import {type GpuSourceOptions, startGpuSource} from '../sources/nvidia-smi/gpu-source.ts';
import {endLeftChildren} from '../sources/nvidia-smi/stream/left-children.ts';

/** The GPUs of this node, read by one program at a time. */
export type FollowedGpus = {
  /** Reads them with another program from now on. Findings of the earlier program are resolved. */
  readonly use: (executable: string) => void;
  readonly stop: () => Promise<void>;
};

/** Reads the GPUs until stopped, after ending what a killed supervisor has left of its nvidia-smi. */
export function followGpus(options: GpuSourceOptions): FollowedGpus {
  endLeftChildren();
  const stopping: Promise<void>[] = [];
  let turn = 0;
  const start = (executable: string) => {
    turn += 1;
    const own = turn;
    // A program that hangs may still print something after it was replaced.
    return startGpuSource({...options, executable, onEvent: (event) => (own === turn ? options.onEvent(event) : null)});
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
