import {expect, test} from 'vitest';
import {httpFault} from '../../../src/sources/http/http-fault.ts';

function withCode(code: unknown, message = 'a sentence'): Error {
  return Object.assign(new Error(message), {code});
}

test.each(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])(
  '%s is a connection that was closed too early',
  (code) => {
    expect(httpFault(withCode(code))).toEqual({kind: 'broken-off', detail: code});
  },
);

test('more headers than anybody sends, and a body that cannot be decompressed, are answers', () => {
  expect(httpFault(withCode('HPE_HEADER_OVERFLOW'))).toEqual({kind: 'not-http', detail: 'HPE_HEADER_OVERFLOW'});
  expect(httpFault(withCode('Z_DATA_ERROR'))).toEqual({kind: 'broken-off', detail: 'Z_DATA_ERROR'});
});

test.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT'])('%s is no answer', (code) => {
  expect(httpFault(withCode(code))).toEqual({kind: 'unreachable', detail: code});
});

test('without a code, the detail is the message', () => {
  expect(httpFault(new Error('no reason'))).toEqual({kind: 'unreachable', detail: 'no reason'});
  expect(httpFault('text')).toEqual({kind: 'unreachable', detail: 'text'});
});

test('the number of an aborted request is no code', () => {
  const {kind, detail} = httpFault(new DOMException('was aborted', 'AbortError'));
  expect([kind, detail]).toEqual(['unreachable', 'was aborted']);
  expect(httpFault(withCode(20))).toEqual({kind: 'unreachable', detail: 'a sentence'});
});

test('a server that does not speak HTTP is recognized, whatever is wrong with what it says', () => {
  const error = Object.assign(withCode('HPE_INVALID_CONSTANT'), {reason: 'Expected HTTP/'});
  expect(httpFault(error)).toEqual({kind: 'not-http', detail: 'Expected HTTP/'});
});
