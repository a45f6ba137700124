// Bundles the programs: the console and CLI, and the simulated programs, each as one minified file plus lazily loaded parts.
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {writeBuild} from './write-build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}dist`;

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

const {outputFiles} = await build({
  absWorkingDir: root,
  entryPoints: {
    gantry: 'src/cli/main.ts',
    'simulated-nvidia-smi': 'src/simulator/nvidia-smi/main.ts',
    'simulated-vllm': 'src/simulator/vllm/main.ts',
    'simulated-sglang': 'src/simulator/sglang/main.ts',
    'simulated-llama-server': 'src/simulator/llamacpp/main.ts',
  },
  outdir,
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  legalComments: 'linked',
  platform: 'node',
  target: 'node22.13',
  format: 'esm',
  chunkNames: 'chunk-[hash]',
  define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
  // Ink loads its devtools only when DEV is set; the import must not reach the bundle.
  alias: {'react-devtools-core': './scripts/empty-module.mjs'},
  banner: {
    // Some bundled packages are CommonJS and call require.
    js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
  },
  plugins: [yogaWithoutFetch],
  logLevel: 'warning',
});
await writeBuild(outputFiles, outdir, Date.now());
