import {expect, test} from 'vitest';
import {readSglangOptions} from '../../../src/engines/sglang/extra-arguments.ts';

/** The option's name, a spelling of it, and the shortest prefix of that spelling that SGLang's parser accepts. */
const spellings = [
  ['--model-path', '--model-path', '--model-p'],
  ['--model-path', '--model', '--model'],
  ['--tp-size', '--tp-size', '--tp'],
  ['--tp-size', '--tensor-parallel-size', '--te'],
  ['--pp-size', '--pp-size', '--pp-s'],
  ['--pp-size', '--pipeline-parallel-size', '--pi'],
  ['--pp-size', '--pp', '--pp'],
  ['--dp-size', '--dp-size', '--dp'],
  ['--dp-size', '--data-parallel-size', '--dat'],
  ['--dcp-size', '--dcp-size', '--dcp-s'],
  ['--dcp-size', '--decode-context-parallel-size', '--decode-co'],
  ['--ep-size', '--ep-size', '--ep-s'],
  ['--ep-size', '--expert-parallel-size', '--exp'],
  ['--ep-size', '--ep', '--ep'],
  ['--context-length', '--context-length', '--cont'],
  ['--mem-fraction-static', '--mem-fraction-static', '--mem'],
  ['--kv-cache-dtype', '--kv-cache-dtype', '--kv-cac'],
  ['--max-running-requests', '--max-running-requests', '--max-ru'],
  ['--served-model-name', '--served-model-name', '--serv'],
  ['--host', '--host', '--ho'],
  ['--port', '--port', '--po'],
  ['--trust-remote-code', '--trust-remote-code', '--trust-rem'],
  ['--tool-call-parser', '--tool-call-parser', '--tool-c'],
  ['--reasoning-parser', '--reasoning-parser', '--reas'],
  ['--uvicorn-access-log-exclude-prefixes', '--uvicorn-access-log-exclude-prefixes', '--uv'],
  ['--attention-backend', '--attention-backend', '--attention-b'],
  ['--config', '--config', '--config'],
  ['--api-key', '--api-key', '--api'],
  ['--admin-api-key', '--admin-api-key', '--adm'],
  ['--hf-token', '--hf-token', '--hf-t'],
  ['--ssl-keyfile-password', '--ssl-keyfile-password', '--ssl-keyfile-'],
  ['--ssl-keyfile', '--ssl-keyfile', '--ssl-k'],
  ['--ssl-certfile', '--ssl-certfile', '--ssl-ce'],
  ['--smg-grpc-mode', '--smg-grpc-mode', '--smg-grpc-m'],
  ['--smg-grpc-mode', '--grpc-mode', '--grpc-m'],
  ['--encoder-only', '--encoder-only', '--encoder-o'],
] as const;

function nameOf(written: string): string | undefined {
  return readSglangOptions([written, 'value'])[0]?.name;
}

test.each(spellings)('%s: %s is recognized from %s on', (name, full, shortest) => {
  for (let length = shortest.length; length <= full.length; length += 1) {
    const written = full.slice(0, length);
    // A complete spelling of another option is that option.
    const exact = spellings.find(([, spelling]) => spelling === written);
    expect(nameOf(written), written).toBe(exact?.[0] ?? name);
  }
  expect(nameOf(shortest.slice(0, -1))).not.toBe(name);
  expect(nameOf(`${full}-other`)).toBe(`${full}-other`);
});
