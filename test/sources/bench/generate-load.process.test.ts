import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {findTextScale, generateLoad, type Load, warmUp} from '../../../src/sources/bench/generate-load.ts';
import {eventually} from '../../harness/eventually.ts';
import {serveHttp} from '../../harness/servers.ts';

const bodySchema = z.object({
  messages: z.array(z.object({content: z.string()})).length(1),
  max_tokens: z.number(),
  ignore_eos: z.literal(true),
});

async function bodyOf(request: IncomingMessage): Promise<z.infer<typeof bodySchema>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return bodySchema.parse(JSON.parse(text));
}

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

/** Answers like an engine, one token for each word of the prompt and 10 for the template. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {messages, max_tokens: tokens} = await bodyOf(request);
  const promptTokens = 10 + (messages[0]?.content.split(' ').length ?? 0);
  response.writeHead(200, {'content-type': 'text/event-stream'});
  response.write(event({choices: [{delta: {role: 'assistant', content: ''}}]}));
  for (let index = 0; index < tokens; index += 1) response.write(event({choices: [{delta: {content: 'a '}}]}));
  const usage = {prompt_tokens: promptTokens, completion_tokens: tokens, prompt_tokens_details: {cached_tokens: 7}};
  response.write(event({choices: [], usage}));
  response.end('data: [DONE]\n\n');
}

async function loadOn(listener: RequestListener, changes: Partial<Load> = {}): Promise<Load> {
  const {baseUrl} = await serveHttp(listener);
  return {
    target: {baseUrl, chatPath: '/v1/chat/completions', model: 'm', apiKey: 'sk-1'},
    workload: {promptTokens: 100, answerTokens: 5, cachedRatio: 0.5},
    concurrency: 3,
    requests: 12,
    seed: 's',
    scale: {fixedTokens: 10, tokensPerWord: 1},
    signal: new AbortController().signal,
    nowMs: () => performance.now(),
    onProgress: () => undefined,
    ...changes,
  };
}

describe('a load of concurrent requests', () => {
  test('keeps that many running, counts what the engine counted, and sends the key only in the header', async () => {
    const keys = new Set<string | undefined>();
    let waiting: (() => void)[] = [];
    const load = await loadOn((request, response) => {
      keys.add(request.headers.authorization);
      waiting.push(() => void answer(request, response));
      // Answers come only once all streams have sent their request.
      if (waiting.length < 3) return;
      for (const each of waiting) each();
      waiting = [];
    });
    expect(await generateLoad(load)).toMatchObject({
      ok: true,
      value: {
        concurrency: 3,
        completed: 12,
        failed: 0,
        promptTokens: 1_200,
        cachedPromptTokens: 84,
        generatedTokens: 60,
      },
    });
    expect([...keys]).toEqual(['Bearer sk-1']);
  });

  test('what its prompts share was sent before, and nothing where they share nothing', async () => {
    const prompts: string[][] = [];
    const load = await loadOn((request, response) => {
      void (async () => {
        const {messages} = await bodyOf(request);
        prompts.push(messages[0]?.content.split(' ') ?? []);
        response.end(event({choices: [{delta: {content: 'a'}}], usage: {prompt_tokens: 1, completion_tokens: 1}}));
      })();
    });
    expect(await warmUp({...load, workload: {...load.workload, cachedRatio: 0}})).toMatchObject({ok: true});
    expect(prompts).toEqual([]);
    expect(await warmUp(load)).toMatchObject({ok: true});
    await generateLoad({...load, requests: 2});
    const [first] = prompts;
    for (const prompt of prompts.slice(1)) {
      expect(prompt.slice(0, 50)).toEqual(first?.slice(0, 50));
      expect(prompt.slice(50)).not.toEqual(first?.slice(50));
    }
    expect(prompts).toHaveLength(3);
  });

  test('how long its text has to be is asked first', async () => {
    const load = await loadOn((request, response) => void answer(request, response));
    expect(await findTextScale(load)).toEqual({ok: true, value: {fixedTokens: 10, tokensPerWord: 1}});
  });

  test('a key that is refused is an error with its status', async () => {
    const load = await loadOn((_, response) => response.writeHead(401).end('{"error":"Unauthorized"}'));
    const point = await generateLoad(load);
    expect(point).toMatchObject({ok: false, error: {status: 401}});
    expect(await findTextScale(load)).toMatchObject({ok: false, error: {status: 401}});
  });

  test('a server that dies in the middle leaves what was answered, and is not asked endlessly', async () => {
    let asked = 0;
    const load = await loadOn(
      (request, response) => {
        asked += 1;
        if (asked <= 4) void answer(request, response);
        else request.socket.destroy();
      },
      {requests: 1_000},
    );
    const point = await generateLoad(load);
    expect(point).toMatchObject({ok: true, value: {completed: 4}});
    expect(asked).toBeLessThan(20);
  });

  test.each([
    ['an error in the stream', `${event({error: {message: 'EngineDeadError'}})}`],
    ['no number of tokens', `${event({choices: [{delta: {content: 'a'}}]})}data: [DONE]\n\n`],
    ['no tokens', event({choices: [], usage: {prompt_tokens: 1, completion_tokens: 0}})],
    ['not a stream', '<html>'],
  ])('an answer with %s is a failed request', async (_, text) => {
    const load = await loadOn((_request, response) => response.writeHead(200).end(text), {requests: 2});
    expect(await generateLoad(load)).toMatchObject({ok: false, error: {status: null}});
  });

  test('an abort closes every connection', async () => {
    const interrupt = new AbortController();
    let open = 0;
    const load = await loadOn(
      (_, response) => {
        open += 1;
        response.once('close', () => {
          open -= 1;
        });
        response.writeHead(200).write(event({choices: [{delta: {content: 'a'}}]}));
        if (open === 3) interrupt.abort();
      },
      {signal: interrupt.signal},
    );
    const point = await generateLoad(load);
    expect(point).toMatchObject({ok: false});
    await eventually(() => open === 0, 'every connection to be closed');
  });
});
