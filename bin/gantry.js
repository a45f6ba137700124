#!/usr/bin/env node
import {spawnSync} from 'node:child_process';
// Syntax any Node can parse: an old one must be able to find a newer one, or say what it needs.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

var root = path.join(path.dirname(fs.realpathSync(fileURLToPath(import.meta.url))), '..');
var version = process.versions.node.split('.').map(Number);
var isNewEnough = version[0] > 22 || (version[0] === 22 && version[1] >= 13);
var entry = path.join(root, 'dist', 'gantry.js');

if (!isNewEnough) {
  var own = path.join(root, 'node_modules', 'node', 'bin', 'node');
  if (fs.existsSync(own) && fs.realpathSync(own) !== fs.realpathSync(process.execPath)) {
    var child = spawnSync(own, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), {stdio: 'inherit'});
    if (child.signal) process.kill(process.pid, child.signal);
    process.exit(child.status === null ? 70 : child.status);
  }
  process.stderr.write(
    'gantry: this is Node ' +
      process.versions.node +
      ', but 22.13 or newer is needed.\n' +
      'Install a newer Node, or run "npm ci" in the checkout, which brings its own.\n',
  );
  process.exit(78);
} else if (!fs.existsSync(entry)) {
  process.stderr.write('gantry: ' + entry + ' is missing. Run "npm run build" in the checkout.\n');
  process.exit(78);
} else {
  var module = await import('node:module');
  if (module.enableCompileCache) module.enableCompileCache();
  await import(entry);
}
