// The programs: the console and CLI, and the simulated programs, each as one minified file plus lazily loaded parts.
import {createHash} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Where programs are written to. */
export const outdir = `${root}dist`;

/**
 * Yoga's WebAssembly is in the bundle as text. Without `fetch` it is decoded directly; with it, it is fetched from a
 * data URL, for which Node loads its complete HTTP client: 25 ms before the first frame.
 */
const yogaWithoutFetch = {
  name: 'yoga-without-fetch',
  setup(bundler) {
    bundler.onLoad({filter: /yoga-wasm-base64-esm\.js$/}, async ({path}) => ({
      contents: `const fetch = undefined;\n${await readFile(path, 'utf8')}`,
      loader: 'js',
    }));
  },
};

/**
 * `import {z}` takes an object with all of zod, its texts in fifty languages included; the namespace of the module leaves out
 * what nothing uses. 350 KB less to load for each command.
 */
const onlyUsedZod = {
  name: 'only-used-zod',
  setup(bundler) {
    bundler.onLoad({filter: /\/src\/.*\.tsx?$/}, async ({path}) => ({
      contents: (await readFile(path, 'utf8')).replace(/^import \{z\} from 'zod';$/m, "import * as z from 'zod';"),
      loader: path.endsWith('.tsx') ? 'tsx' : 'ts',
    }));
  },
};

/**
 * An import of Node's HTTP module evaluates every export, and one is a getter that loads a second HTTP client with WebSocket,
 * HTTP/2 and TLS: 40 ms and 5 MiB of each process. Only the exports that are named here are taken.
 */
const httpWithoutUndici = {
  name: 'http-without-undici',
  setup(bundler) {
    bundler.onResolve({filter: /^(?:node:)?http$/}, () => ({path: 'http', namespace: 'http-without-undici'}));
    bundler.onLoad({filter: /.*/, namespace: 'http-without-undici'}, () => ({
      contents: `const http = process.getBuiltinModule('node:http');
        export const {Agent, createServer, get, IncomingMessage, request, Server, ServerResponse, STATUS_CODES} = http;`,
      loader: 'js',
    }));
  },
};

/** Names the sources of a build: the same name means the same schemas of documents. */
async function buildName() {
  const hash = createHash('sha256');
  for (const part of ['package.json', 'package-lock.json', 'scripts/bundle.mjs'])
    hash.update(await readFile(`${root}${part}`));
  const files = await readdir(`${root}src`, {recursive: true, withFileTypes: true});
  const names = files.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
  for (const name of names.sort()) {
    hash.update(`${path.relative(root, name)}\0`);
    hash.update(await readFile(name));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The programs as files of `dist`, which are not written yet, and `metafile`: what each file loads. */
export const bundle = async () =>
  build({
    absWorkingDir: root,
    entryPoints: {
      gantry: 'src/cli/main.ts',
      'simulated-dmesg': 'src/simulator/nvidia-smi/dmesg.ts',
      'simulated-nvidia-smi': 'src/simulator/nvidia-smi/main.ts',
      'simulated-vllm': 'src/simulator/vllm/main.ts',
      'simulated-sglang': 'src/simulator/sglang/main.ts',
      'simulated-llama-server': 'src/simulator/llamacpp/main.ts',
    },
    outdir,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    legalComments: 'linked',
    platform: 'node',
    target: 'node22.13',
    format: 'esm',
    chunkNames: 'chunk-[hash]',
    define: {
      GANTRY_BUILD: JSON.stringify(await buildName()),
      'process.env.NODE_ENV': '"production"',
      'process.env.DEV': '"false"',
    },
    // Ink loads its devtools only when DEV is set; the import must not reach the bundle.
    // The console restores the cursor itself; the other way waits at the end for a terminal that takes nothing.
    alias: {'react-devtools-core': './scripts/empty-module.mjs', 'restore-cursor': './scripts/empty-module.mjs'},
    banner: {
      // Some bundled packages are CommonJS and call require.
      js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
    },
    plugins: [yogaWithoutFetch, onlyUsedZod, httpWithoutUndici],
    logLevel: 'warning',
  });
