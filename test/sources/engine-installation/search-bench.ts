import {chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {EngineInstallation} from '../../../src/engines/engine-installation.ts';
import {findEngine} from '../../../src/engines/registry.ts';
import type {SearchPlaces} from '../../../src/sources/engine-installation/found-engine.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const client = path.resolve(import.meta.dirname, '../../fakes/container-client.sh');

/** vLLM's installation: a Python program with published images. */
export function vllmInstallation(): EngineInstallation {
  const engine = findEngine('vllm');
  if (engine === undefined) throw new Error('vLLM is an engine');
  return engine.installation;
}

/** A host in a temporary directory: a home, a PATH with `/bin`'s tools at its end, and places for everybody. */
export function createHost() {
  const {directory: root, remove} = makeTemporaryDirectory('search');
  const home = path.join(root, 'home');
  const bin = path.join(root, 'bin');
  for (const directory of [home, bin, path.join(root, 'opt')]) mkdirSync(directory);
  const write = (file: string, text: string, mode = 0o644): string => {
    mkdirSync(path.dirname(file), {recursive: true});
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  return {
    root,
    home,
    bin,
    places(change: Partial<SearchPlaces> = {}, variables: Record<string, string> = {}): SearchPlaces {
      return {
        variables: {PATH: bin, ...variables},
        homeDirectory: home,
        sharedDirectory: path.join(root, 'opt'),
        executable: null,
        container: null,
        ...change,
      };
    },
    program: (file: string, text: string): string => write(file, text, 0o755),
    /** An environment as pip leaves it; `program` is the script with the environment's own interpreter. */
    environment(directory: string, distribution: string, version: string, program: string | null): string {
      write(path.join(directory, 'bin/python3'), '#!/bin/sh\nexit 1\n', 0o755);
      const info = `lib/python3.12/site-packages/${distribution}-${version}.dist-info/METADATA`;
      write(path.join(directory, info), `Metadata-Version: 2.4\nName: ${distribution}\nVersion: ${version}\n`);
      if (program === null) return directory;
      write(path.join(directory, 'bin', program), `#!${directory}/bin/python3\nraise SystemExit(1)\n`, 0o755);
      return directory;
    },
    /** docker or podman with these images; `touch` makes it misbehave (`down`, `hangs`). */
    client(name: 'docker' | 'podman', images: readonly string[], touch?: 'down' | 'hangs'): void {
      symlinkSync(client, path.join(bin, name));
      write(path.join(bin, 'client/images'), images.map((image) => `${image}\n`).join(''));
      if (touch !== undefined) write(path.join(bin, 'client', touch), '');
    },
    label: (text: string): string => write(path.join(bin, 'client/label'), `${text}\n`),
    /** The words of every call of a client. */
    clientWords(): readonly string[] {
      const file = path.join(bin, 'client/words');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
    clean: remove,
  };
}

/** A program that ran to its end. */
export function endedRun(stdout: string, exitCode: number | null = 0, stderr = ''): RunResult {
  return {kind: 'ended', exitCode, stdout, stderr};
}
