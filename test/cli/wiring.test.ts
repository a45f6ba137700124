import {expect, test} from 'vitest';
import {appearanceOf} from '../../src/cli/wiring.ts';
import {configurationSchema} from '../../src/config/configuration.ts';

test('the look is the one of the command line, else of the configuration, else chosen by the terminal', () => {
  const global = {json: false, version: '1'};
  const light = configurationSchema.parse({console: {theme: 'light'}});
  expect(appearanceOf(global)).toEqual({isAscii: false, theme: 'auto'});
  expect(appearanceOf(global, light).theme).toBe('light');
  expect(appearanceOf({...global, theme: 'none', ascii: true}, light)).toEqual({isAscii: true, theme: 'none'});
  expect(configurationSchema.safeParse({console: {theme: 'pink'}}).success).toBe(false);
});
