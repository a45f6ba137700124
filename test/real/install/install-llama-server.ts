import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {hasProgram, runCommand} from './run-command.ts';

/** llama-server and the libraries that it needs, which may be newer than those of this host. */
const packages = [
  'llama.cpp-tools',
  'libllama0',
  'libggml0',
  'libc6',
  'libstdc++6',
  'libgcc-s1',
  'libgomp1',
  'libssl3t64',
  'libcurl4t64',
  'libzstd1',
  'zlib1g',
];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Unpacks llama-server of Debian's unstable distribution into `root`, from the mirror that this host uses, without root and
 * without touching what is installed; returns why it cannot be had here, or null.
 */
export function installLlamaServer(directory: string): string | null {
  if (!hasProgram('apt-get') || !hasProgram('dpkg'))
    return 'llama-server is taken from Debian, and this host has no apt';
  const mirror = debianMirror();
  if (mirror === null || !existsSync(KEYRING))
    return 'llama-server is taken from Debian, and this host has no mirror of it';
  const apt = path.join(directory, 'apt');
  const root = path.join(directory, 'root');
  for (const earlier of [apt, root]) rmSync(earlier, {recursive: true, force: true});
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'sources', 'packages']) {
    mkdirSync(path.join(apt, folder), {recursive: true});
  }
  writeFileSync(
    path.join(apt, 'sources', 'unstable.sources'),
    `Types: deb\nURIs: ${mirror}\nSuites: sid\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  const options = [
    `Dir::State=${apt}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${apt}/cache`,
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${apt}/sources`,
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ].flatMap((option) => ['-o', option]);
  runCommand('apt-get', ['--quiet', ...options, 'update']);
  const downloads = path.join(apt, 'packages');
  runCommand('apt-get', ['--quiet', ...options, 'download', ...packages], downloads);
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
    runCommand('dpkg', ['-x', path.join(downloads, file), root]);
  }
  writeWrapper(directory, root);
  return null;
}

/** Of this host's own sources, in either format. */
function debianMirror(): string | null {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder) : []).map((name) => path.join(folder, name)),
  ];
  const text = files
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  return /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+\/debian\/?)(?:\s|$)/m.exec(text)?.[1] ?? null;
}

/** It runs with its own loader and libraries, and chooses the backend for this CPU among those beside what runs: the loader. */
function writeWrapper(directory: string, root: string): void {
  const libraries = readdirSync(path.join(root, 'usr', 'lib'))
    .map((name) => path.join(root, 'usr', 'lib', name))
    .find((folder) => existsSync(path.join(folder, 'llama')) || existsSync(path.join(folder, 'ggml')));
  if (libraries === undefined) throw new Error('the packages of llama.cpp have no libraries');
  const loader = readdirSync(libraries).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
  if (loader === undefined) throw new Error('the package libc6 has no loader');
  const backends = path.join(libraries, 'ggml', 'backends0');
  for (const name of readdirSync(backends)) symlinkSync(path.join(backends, name), path.join(libraries, name));
  const program = path.join(directory, 'bin', 'llama-server');
  mkdirSync(path.dirname(program), {recursive: true});
  const text = [
    '#!/bin/sh',
    `libraries='${libraries}'`,
    `exec "$libraries/${loader}" --library-path "$libraries:$libraries/llama" '${path.join(root, 'usr', 'bin', 'llama-server')}' "$@"`,
    '',
  ];
  writeFileSync(program, text.join('\n'), {mode: 0o755});
}
