import {describe, expect, test} from 'vitest';
import {diagnosisOf} from '../torch/torch-findings.ts';
import {readyStart} from '../vllm/start-log.ts';

/** What a request alone makes a server log: it continues. */
const ofRequests = [
  "NameError: name 'decode' is not defined",
  'ImportError: Please install vllm[audio] for audio support',
  "ModuleNotFoundError: No module named 'soundfile'",
  "AttributeError: 'KimiTokenizer' object has no attribute 'decoder'",
  "TypeError: render() got an unexpected keyword argument 'thinking'",
  'ValueError: prompt length must be divisible by block size 16',
  'aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host x:443 [Errno 101] Network is unreachable',
  'openai_harmony.HarmonyError: error downloading or loading vocab file: failed to download or load vocab file',
];

describe('an error of a request', () => {
  test.each(ofRequests)('%s is a warning while the engine serves', (error) => {
    const line = `(APIServer pid=100) ERROR 11-23 02:02:00 [serving_chat.py:200] ${error}`;
    const diagnosis = diagnosisOf('vllm', [...readyStart, line]);
    expect(diagnosis?.exit).toBe('serving');
    expect(diagnosis?.findings.map(({severity}) => severity)).toEqual(['warning']);
  });

  test.each(ofRequests.slice(0, 5))('%s of a process of the engine is its end', (error) => {
    const line = `(EngineCore pid=200) ERROR 11-23 02:02:00 [core.py:1346] ${error}`;
    const diagnosis = diagnosisOf('vllm', [...readyStart, line]);
    expect(diagnosis?.exit).toBe('failed');
    expect(diagnosis?.findings[0]?.severity).toBe('critical');
  });

  test('what a client writes is never an error of the engine', () => {
    const prompt =
      "why NameError: name 'x' is not defined, exec format error, std::bad_alloc, Bus error, CUDA error: out of memory";
    const vllm = `(APIServer pid=100) INFO 11-23 02:02:00 [logger.py:42] Received request chatcmpl-1: prompt: "${prompt}"`;
    expect(diagnosisOf('vllm', [...readyStart, vllm])).toMatchObject({exit: 'serving', findings: []});
    const sglang = [
      "[2026-10-04 02:14:55] server_args=ServerArgs(model_path='/m', tp_size=8)",
      '[2026-10-04 02:16:55] The server is fired up and ready to roll!',
      `[2026-10-04 02:16:59] Receive: obj=GenerateReqInput(rid='x', text="${prompt}")`,
      `[2026-10-04 02:17:01] Finish: obj=GenerateReqInput(rid='x', text="${prompt}")`,
    ];
    expect(diagnosisOf('sglang', sglang)).toMatchObject({exit: 'serving', findings: []});
  });
});
