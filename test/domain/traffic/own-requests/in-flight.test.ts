import {describe, expect, test} from 'vitest';
import {workSince} from '../../../../src/domain/traffic/forward-progress.ts';
import {Accounts, probeUsage} from './counted-engine.ts';

describe('a probe in flight', () => {
  test('is not subtracted from a number of requests that does not contain it: the one of a hung engine stands still', () => {
    const accounts = new Accounts();
    accounts.engine.running = 1;
    accounts.read();
    const probe = accounts.send();
    for (let second = 0; second < 30; second += 1) expect(accounts.read().runningRequests).toBe(1);
    accounts.end(probe, null);
    expect(accounts.read().runningRequests).toBe(1);
  });

  test('is no client before it waits or runs, while it does, and after', () => {
    const accounts = new Accounts();
    accounts.engine.running = 2;
    accounts.read();
    const probe = accounts.send();
    expect(accounts.read()).toMatchObject({runningRequests: 2, waitingRequests: 0});
    accounts.engine.waiting = 1;
    expect(accounts.read()).toMatchObject({runningRequests: 2, waitingRequests: 0});
    accounts.engine.waiting = 0;
    accounts.engine.running = 3;
    expect(accounts.read()).toMatchObject({runningRequests: 2, waitingRequests: 0});
    // Two clients end: what is left is known to be the probe.
    accounts.engine.running = 1;
    expect(accounts.read()).toMatchObject({runningRequests: 0, waitingRequests: 0});
    accounts.engine.running = 0;
    accounts.end(probe, probeUsage);
    expect(accounts.read()).toMatchObject({runningRequests: 0, waitingRequests: 0});
    accounts.engine.running = 1;
    expect(accounts.read()).toMatchObject({runningRequests: 1, waitingRequests: 0});
  });

  test('after another of Gantry is no client either', () => {
    const accounts = new Accounts();
    accounts.read();
    for (let second = 0; second < 5; second += 1) {
      const probe = accounts.send();
      accounts.engine.running = 1;
      expect(accounts.read().runningRequests).toBe(0);
      accounts.end(probe, null);
    }
  });

  test('two of Gantry leave every client', () => {
    const accounts = new Accounts();
    accounts.engine.running = 3;
    accounts.read();
    accounts.send();
    accounts.send();
    accounts.engine.running = 4;
    expect(accounts.read().runningRequests).toBe(3);
    accounts.engine.running = 6;
    expect(accounts.read().runningRequests).toBe(4);
  });

  test('of a first sample may be a client', () => {
    const accounts = new Accounts();
    accounts.send();
    accounts.engine.running = 1;
    expect(accounts.read().runningRequests).toBe(1);
  });
});

describe('work since a probe was sent', () => {
  test('of an engine with one client is a load, also if its step is long', () => {
    const accounts = new Accounts();
    accounts.engine.running = 1;
    accounts.read();
    accounts.send();
    const samples = [accounts.read(), accounts.read()];
    expect(workSince(samples, 0)).toBe('loaded');
  });

  test('of an engine that has the probe alone is none', () => {
    const accounts = new Accounts();
    accounts.read();
    accounts.send();
    accounts.engine.running = 1;
    const samples = [accounts.read(), accounts.read()];
    expect(workSince(samples, 0)).toBe('none');
  });
});
