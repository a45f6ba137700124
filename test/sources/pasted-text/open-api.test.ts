import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const open = [
  '[2026-11-12 04:00:40] server_args=ServerArgs(model_path="m", tp_size=8)',
  '[2026-11-12 04:00:41 TP0] Load weight begin. avail mem=138.40 GB',
  '[2026-11-12 04:02:09 TP0] max_total_num_tokens=484999, chunked_prefill_size=8192, max_running_requests=2048, context_len=262144',
  '[2026-11-12 04:02:10] INFO:     Uvicorn running on http://0.0.0.0:30000 (Press CTRL+C to quit)',
];
const answered = '[2026-11-12 04:02:14] INFO:     127.0.0.1:51814 - "POST /generate HTTP/1.1" 200 OK';

test('SGLang with an open API warms up, and serves once it answered a request for text', () => {
  const warming = readLines(open);
  expect(warming).toMatchObject({exit: 'starting', findings: [{code: 'log.ends-while-starting', severity: 'info'}]});
  expect(warming?.findings[0]?.message).toContain('The server is fired up and ready to roll!');
  expect(readLines([...open, answered])).toMatchObject({exit: 'serving', findings: []});
});
