import type {EngineInstallation} from '../engine-installation.ts';

/**
 * llama.cpp: its `llama-server`, from a package, a manual build, or the project's image, where the program is in
 * /app.
 */
export const llamacppInstallation: EngineInstallation = {
  program: 'llama-server',
  directories: ['~/llama.cpp/build/bin', '/opt/llama.cpp/build/bin', '/usr/local/lib/llama.cpp/bin'],
  pythonModule: null,
  distribution: null,
  versionArguments: ['--version'],
  // `version: 10573 (3f545bec)`, and `version: 0.7.0 (11669)` as distributions package it: the build number is what increases.
  parseVersion(output) {
    const match = /^version: (\S+)(?: \((?:build )?([^)]*)\))?/m.exec(output);
    if (match === null || match[1] === '0') return null;
    return /^\d+$/.test(match[2] ?? '') ? (match[2] ?? null) : (match[1] ?? null);
  },
  images: [{repository: 'ghcr.io/ggml-org/llama.cpp', entrypoint: '/app/llama-server'}],
  // The architecture of Kimi K2 (deepseek2) is older than any GGUF of K2.7; if a build lacks something, its log says so.
  findVersionProblem: () => null,
};
