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
  // `version: 10573 (3f545bec)`; distributions print `version: 0.7.0 (11669)` or `version: 0.7.0 (build 11669, commit
  // Debian)`. The build number is what increases, and what the log has.
  parseVersion(output) {
    const match = /^version: (\S+)(?: \((?:build )?(\d+)[,)])?/m.exec(output);
    return match === null || match[1] === '0' ? null : (match[2] ?? match[1] ?? null);
  },
  images: [{repository: 'ghcr.io/ggml-org/llama.cpp', entrypoint: '/app/llama-server'}],
  // The architecture of Kimi K2 (deepseek2) is older than any GGUF of K2.7; if a build lacks something, its log says so.
  findVersionProblem: () => null,
};
