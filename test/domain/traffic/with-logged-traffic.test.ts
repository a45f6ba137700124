import {expect, test} from 'vitest';
import {addSample, emptyWindow, trafficOf} from '../../../src/domain/traffic/traffic-window.ts';
import {withLoggedTraffic} from '../../../src/domain/traffic/with-logged-traffic.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const logged = {
  promptTokensPerSecond: 1200,
  generationTokensPerSecond: 310,
  runningRequests: 4,
  waitingRequests: null,
  kvUsageRatio: 0.125,
  prefixCacheHitRatio: 0.4,
};

test('without counters the log is used, and stated as the source', () => {
  const traffic = withLoggedTraffic(trafficOf(emptyWindow, 'metrics are off'), logged);
  expect(traffic).toMatchObject({
    source: 'log',
    promptTokensPerSecond: 1200,
    generationTokensPerSecond: 310,
    runningRequests: 4,
    waitingRequests: {absent: 'metrics are off'},
    generationTokensTotal: {absent: 'metrics are off'},
  });
});

test('counters override the log, and without a line nothing changes', () => {
  let window = emptyWindow;
  for (const second of [0, 1]) {
    window = addSample(window, buildMetricsSample(second, {generationTokensTotal: second * 9}));
  }
  const traffic = trafficOf(window);
  expect(withLoggedTraffic(traffic, logged)).toBe(traffic);
  expect(withLoggedTraffic(trafficOf(emptyWindow), null).source).toBe('metrics');
});
