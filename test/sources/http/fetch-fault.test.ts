import {expect, test} from 'vitest';
import {fetchFault} from '../../../src/sources/http/fetch-fault.ts';

/** As fetch reports it: the reason is the cause of a TypeError. */
function failed(cause: unknown): TypeError {
  return new TypeError('fetch failed', {cause});
}

function withCode(code: unknown, message = 'a sentence'): Error {
  return Object.assign(new Error(message), {code});
}

test.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])(
  '%s is a connection that was closed too early',
  (code) => {
    expect(fetchFault(failed(withCode(code)))).toEqual({kind: 'broken-off', detail: code});
    expect(fetchFault(withCode(code))).toEqual({kind: 'broken-off', detail: code});
  },
);

test('more headers than anybody sends, and a body that cannot be decompressed, are answers', () => {
  expect(fetchFault(failed(withCode('UND_ERR_HEADERS_OVERFLOW'))).kind).toBe('not-http');
  expect(fetchFault(failed(withCode('Z_DATA_ERROR')))).toEqual({kind: 'broken-off', detail: 'Z_DATA_ERROR'});
});

test.each(['ECONNREFUSED', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])('%s is no answer', (code) => {
  expect(fetchFault(failed(withCode(code)))).toEqual({kind: 'unreachable', detail: code});
});

test('without a code, the detail is the message', () => {
  expect(fetchFault(failed(new Error('bad port')))).toEqual({kind: 'unreachable', detail: 'bad port'});
  expect(fetchFault(new TypeError('invalid URL'))).toEqual({kind: 'unreachable', detail: 'invalid URL'});
  expect(fetchFault(failed('text'))).toEqual({kind: 'unreachable', detail: 'fetch failed'});
  expect(fetchFault('text')).toEqual({kind: 'unreachable', detail: 'text'});
});

test('the number of an aborted request is no code', () => {
  const {kind, detail} = fetchFault(new DOMException('was aborted', 'AbortError'));
  expect([kind, detail]).toEqual(['unreachable', 'was aborted']);
  expect(fetchFault(withCode(20))).toEqual({kind: 'unreachable', detail: 'a sentence'});
});

test('a server that does not speak HTTP is recognized, whatever the code', () => {
  const error = Object.assign(withCode('HPE_INVALID_CONSTANT', 'Expected HTTP/'), {name: 'HTTPParserError'});
  expect(fetchFault(failed(error))).toEqual({kind: 'not-http', detail: 'Expected HTTP/'});
});
