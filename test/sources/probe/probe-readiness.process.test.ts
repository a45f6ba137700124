import {Buffer} from 'node:buffer';
import type {IncomingMessage, RequestListener} from 'node:http';
import {text as readText} from 'node:stream/consumers';
import {afterEach, describe, expect, test} from 'vitest';
import {probeReadiness} from '../../../src/sources/probe/probe-readiness.ts';
import {serveHttp, serveTcp, type TestServer} from '../../harness/servers.ts';

let server: TestServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

type ProbeOptions = Parameters<typeof probeReadiness>[0];

async function probe(listener: RequestListener, options: Partial<ProbeOptions> = {}) {
  server = await serveHttp(listener);
  return ask(server.baseUrl, options);
}

function ask(baseUrl: string, options: Partial<ProbeOptions> = {}) {
  const paths = {chat: '/v1/chat/completions'};
  return probeReadiness({baseUrl, servedModelName: 'kimi-k2.7-code', timeoutMs: 5_000, paths, ...options});
}

/** A chat completion with this message. */
function completion(message: Record<string, unknown>, completionTokens: number | null = 16): RequestListener {
  return (_, response) => {
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        model: 'kimi-k2.7-code',
        choices: [{index: 0, message: {role: 'assistant', ...message}, finish_reason: 'length'}],
        ...(completionTokens === null ? {} : {usage: {prompt_tokens: 12, completion_tokens: completionTokens}}),
      }),
    );
  };
}

function status(code: number, body = ''): RequestListener {
  return (_, response) => {
    response.writeHead(code).end(body);
  };
}

describe('the readiness probe', () => {
  test('requests a few real tokens from the served model, with the key', async () => {
    const requests: {readonly request: IncomingMessage; readonly body: string}[] = [];
    const answer = completion({content: 'ready'}, 2);
    await probe(
      (request, response) => {
        void readText(request).then((body) => {
          requests.push({request, body});
          answer(request, response);
        });
      },
      {apiKey: 'sk-local'},
    );
    expect(requests).toHaveLength(1);
    expect(requests[0]?.request).toMatchObject({method: 'POST', url: '/v1/chat/completions'});
    expect(requests[0]?.request.headers).toMatchObject({
      authorization: 'Bearer sk-local',
      'content-type': 'application/json',
    });
    // The same request each time: what changes is the engine.
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      model: 'kimi-k2.7-code',
      messages: [{role: 'user', content: expect.stringContaining('ready')}],
      max_tokens: 16,
      temperature: 0,
      stream: false,
    });
  });

  test('sends no key if there is none', async () => {
    let authorization: string | undefined = 'unasked';
    await probe((request, response) => {
      authorization = request.headers.authorization;
      completion({content: 'ready'})(request, response);
    });
    expect(authorization).toBeUndefined();
  });

  test.each([
    ['an answer', {content: 'ready'}, 'ready'],
    ['thinking under its present name', {reasoning: 'The user wants', content: null}, 'The user wants'],
    ['thinking under its old name', {reasoning_content: 'The user wants', content: null}, 'The user wants'],
    ['thinking under both names, once', {reasoning: 'Hm', reasoning_content: 'Hm', content: 'ready'}, 'Hmready'],
    ['thinking whose new name is empty', {reasoning: '', reasoning_content: 'Hm', content: ''}, 'Hm'],
    ['a short run of one character', {content: '...'}, '...'],
  ])('accepts %s as a sign of life', async (_, message, text) => {
    expect(await probe(completion(message))).toMatchObject({ok: true, value: {generatedTokens: 16, text}});
  });

  test('accepts text as a token if the engine does not count', async () => {
    expect(await probe(completion({content: 'ready'}, null))).toMatchObject({ok: true, value: {generatedTokens: 1}});
  });

  test.each([
    ['of an answer', {content: 'ready'}, 16, true],
    ['of broken output', {content: '!!!!!!!!!!!!!!!!'}, 16, false],
    ['of an empty answer', {content: ''}, 0, false],
  ])('returns the usage %s', async (_, message, tokens, isOk) => {
    const answer = await probe(completion(message, tokens));
    expect(answer.ok).toBe(isOk);
    expect(answer.ok ? answer.value.usage : answer.error.usage).toEqual({
      requests: 1,
      promptTokens: 12,
      cachedPromptTokens: null,
      generatedTokens: tokens,
      finishReason: 'length',
    });
  });

  test('knows no usage if the engine does not count, and none was used if it refused', async () => {
    expect(await probe(completion({content: 'ready'}, null))).toMatchObject({value: {usage: null}});
    await server?.close();
    expect(await probe(status(404))).toMatchObject({error: {usage: {requests: 0, generatedTokens: 0}}});
  });

  test.each([
    ['an empty answer', {content: ''}, 0, /without generating a token/],
    ['no answer at all', {content: null}, null, /without generating a token/],
    ['tokens without text', {content: ''}, 16, /generated 16 tokens for a request, but no text/],
    ['nothing but blanks', {content: ' \n\n '}, 4, /generated 4 tokens/],
  ])('does not accept %s as a sign of life', async (_, message, tokens, says) => {
    const answer = await probe(completion(message, tokens));
    expect(answer).toMatchObject({ok: false, error: {code: 'engine.generates-nothing'}});
    expect(!answer.ok && answer.error.message).toMatch(says);
  });

  test.each([
    ['the token zero of a broken attention kernel', {content: '!!!!!!!!!!!!!!!!'}],
    ['the same in the thinking', {reasoning: '!!!!!!!!', content: '!!!!!!!!'}],
    ['one character, a token each', {content: '你 你 你 你 你 你 你 你'}],
    ['characters beyond the first plane', {content: '\u{1f600}'.repeat(16)}],
  ])('recognizes degenerate output by %s', async (_, message) => {
    expect(await probe(completion(message))).toMatchObject({ok: false, error: {code: 'engine.output-collapsed'}});
  });

  test('keeps of degenerate output what repeats, and the first 80 characters on one line', async () => {
    const content = 'I am\nready. '.repeat(40);
    const answer = await probe(completion({content}));
    expect(answer).toMatchObject({
      ok: false,
      error: {
        isBrokenOutput: true,
        details: {kind: 'repeated', sample: 'I am ready.', answer: content.replaceAll('\n', ' ').slice(0, 80)},
      },
    });
  });

  test('judges reasoning and answer each for itself', async () => {
    const sound = 'The user wants a word.';
    const broken = '!!!!!!!!!!!!';
    for (const message of [
      {reasoning: sound, content: broken},
      {reasoning: broken, content: sound},
    ]) {
      expect(await probe(completion(message))).toMatchObject({ok: false, error: {code: 'engine.output-collapsed'}});
      await server?.close();
    }
  });

  test('reads an answer of 256 KiB, and no byte more', async () => {
    const answer = JSON.stringify({choices: [{message: {content: 'ready'}}]});
    const padded = (bytes: number) => `${answer}${' '.repeat(bytes - answer.length)}`;
    expect(await probe(status(200, padded(262_144)))).toMatchObject({ok: true, value: {text: 'ready'}});
    await server?.close();
    expect(await probe(status(200, padded(262_145)))).toMatchObject({
      ok: false,
      error: {code: 'engine.probe-not-understood'},
    });
  });

  test('quotes at most 200 characters of what is no answer', async () => {
    const answer = await probe(status(500, 'x'.repeat(1_000)));
    expect(!answer.ok && answer.error.message.match(/x+/)?.[0]).toHaveLength(200);
  });

  test('does not count four astral characters as eight', async () => {
    expect(await probe(completion({content: '\u{1f600}'.repeat(4)}))).toMatchObject({ok: true});
  });

  test.each([
    [401, 'engine.probe-unauthorized', /API key/],
    [403, 'engine.probe-unauthorized', /API key/],
    [404, 'engine.probe-refused', /served model name/],
    [500, 'engine.probe-refused', /log/],
    [503, 'engine.probe-unavailable', /loaded/],
    [302, 'engine.probe-refused', /log/],
  ])('explains status %i', async (code, name, remedy) => {
    const answer = await probe(status(code, '{"error":\n{"message":"said\u001b[31m so"}}'));
    expect(answer).toMatchObject({ok: false, error: {code: name}});
    if (answer.ok) return;
    expect(answer.error.remedy).toMatch(remedy);
    expect(answer.error.message).toContain(`status ${code}`);
    expect(answer.error.message).toContain('said');
    expect(answer.error.message).not.toMatch(/\p{Cc}/u);
  });

  test('does not send the key to a redirect', async () => {
    const asked: string[] = [];
    await probe(
      (request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(307, {location: '/elsewhere'}).end();
      },
      {apiKey: 'sk-local'},
    );
    expect(asked).toEqual(['/v1/chat/completions']);
  });

  test('times out if the engine accepts the request and never answers', async () => {
    const answer = await probe(() => undefined, {timeoutMs: 200});
    expect(answer).toMatchObject({ok: false, error: {code: 'engine.probe-timeout'}});
    expect(!answer.ok && answer.error.message).toMatch(/16 tokens within 0\.2 s/);
  });

  test('times out if the engine starts its answer and hangs', async () => {
    const answer = await probe(
      (_, response) => {
        response.write('{"choices":');
      },
      {timeoutMs: 200},
    );
    expect(answer).toMatchObject({ok: false, error: {code: 'engine.probe-timeout'}});
  });

  test('reports an engine that closes the connection', async () => {
    const answer = await probe((_, response) => {
      response.write('{"choices":', () => response.destroy());
    });
    expect(answer).toMatchObject({ok: false, error: {code: 'engine.unreachable'}});
    expect(!answer.ok && answer.error.message).toMatch(/was cut off/);
  });

  test('reports an engine that is not running', async () => {
    const gone = await serveHttp(status(200));
    await gone.close();
    const answer = await ask(gone.baseUrl);
    expect(answer).toMatchObject({ok: false, error: {code: 'engine.unreachable'}});
    expect(!answer.ok && answer.error.message).toContain('ECONNREFUSED');
  });

  test.each([
    ['no JSON', '<html>\n<body>Welcome</body>'],
    ['JSON of another kind', '{"status":"ok"}'],
    ['a completion without a choice', '{"choices":[]}'],
    ['nothing', ''],
  ])('does not accept %s as an answer', async (_, body) => {
    expect(await probe(status(200, body))).toMatchObject({ok: false, error: {code: 'engine.probe-not-understood'}});
  });

  test('does not read an endless answer', async () => {
    const answer = await probe((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        if (!response.destroyed) response.write(chunk, () => setImmediate(write));
      };
      write();
    });
    expect(answer).toMatchObject({ok: false, error: {code: 'engine.probe-not-understood'}});
  });

  test('reports a port with another protocol', async () => {
    server = await serveTcp((socket) => socket.end('220 smtp ready\r\n'));
    expect(await ask(server.baseUrl)).toMatchObject({ok: false, error: {code: 'engine.probe-not-understood'}});
  });
});
