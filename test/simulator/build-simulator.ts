import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';
import {type InstalledNode, writeSimulatedNode} from '../../src/simulator/install.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';

/** The simulated programs, bundled as they ship; `remove` deletes them. */
export type BuiltSimulator = {
  readonly install: (scenario: string, change?: {readonly speed?: number}) => Promise<InstalledNode>;
  readonly remove: () => void;
};

/** Bundles both programs into a directory of their own, which also holds every node that is installed. */
export async function buildSimulator(): Promise<BuiltSimulator> {
  const root = path.resolve(import.meta.dirname, '../..');
  const {directory: base, remove} = makeTemporaryDirectory('simulator');
  const distDirectory = path.join(base, 'dist');
  await build({
    absWorkingDir: root,
    entryPoints: {
      'simulated-dmesg': 'src/simulator/nvidia-smi/dmesg.ts',
      'simulated-nvidia-smi': 'src/simulator/nvidia-smi/main.ts',
      'simulated-vllm': 'src/simulator/vllm/main.ts',
      'simulated-sglang': 'src/simulator/sglang/main.ts',
      'simulated-llama-server': 'src/simulator/llamacpp/main.ts',
    },
    outdir: distDirectory,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node22.13',
    format: 'esm',
    logLevel: 'warning',
  });
  // The bundles are ES modules, as in the package that ships them.
  await writeFile(path.join(distDirectory, 'package.json'), '{"type": "module"}\n');
  let count = 0;
  return {
    install: (scenario, change = {}) => {
      count += 1;
      return writeSimulatedNode({
        directory: path.join(base, `node-${count}`),
        nodeExecutable: process.execPath,
        distDirectory,
        scenario,
        speed: change.speed ?? 400,
        gpuName: 'NVIDIA H200',
        gpuCount: 8,
      });
    },
    remove,
  };
}
