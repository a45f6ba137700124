import {expect, test} from 'vitest';
import {engines} from '../../../src/engines/registry.ts';
import {maskDiagnosis} from '../../../src/sources/pasted-text/mask-diagnosis.ts';
import {createTextReading} from '../../../src/sources/pasted-text/read-text.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {diagnosisText} from '../../../src/views/text/diagnosis-text.ts';

const secret = 'planted-9f3kqz81-value';

/** Texts in which a secret is where each part of a diagnosis comes from. */
const texts: readonly (readonly string[])[] = [
  [`(APIServer pid=7) INFO 11-23 02:14:55 [api_utils.py:272] vLLM server version 0.28.0 with ${secret}`, 'loading'],
  [`FileNotFoundError: No such file or directory: '/m/${secret}/model-00001-of-00002.safetensors'`],
  [`vllm serve: error: unrecognized arguments: --password ${secret}`],
  [`RuntimeError: something unheard of with ${secret}`],
  [
    `[  300.000000] Out of memory: Killed process 4242 (${secret}) total-vm:9kB, anon-rss:8kB, file-rss:0kB, shmem-rss:0kB`,
  ],
];

test.each(texts)('%s: no secret is in JSON or text', (...lines) => {
  const reading = createTextReading(engines, null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  const found = reading.result();
  if (found === null) throw new Error('not read');
  const masked = maskDiagnosis(found, {environments: [{VLLM_API_KEY: secret}]});
  const shown = diagnosisText(masked, {columns: 200, glyphs: asciiGlyphs});
  expect(JSON.stringify(masked)).not.toContain(secret);
  expect(JSON.stringify(shown)).not.toContain(secret);
  expect(masked.findings.map(({code}) => code)).toEqual(found.findings.map(({code}) => code));
});
