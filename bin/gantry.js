#!/usr/bin/env node
// Syntax that any Node can parse: an old one must be able to find a newer one, or print what it needs.
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
    await runWith(own);
  } else {
    process.stderr.write(
      'gantry: this is Node ' +
        process.versions.node +
        ', but 22.13 or newer is needed.\n' +
        'Install a newer Node, or run "npm ci" in the checkout, which brings its own.\n',
    );
    process.exit(78);
  }
} else if (!fs.existsSync(entry)) {
  process.stderr.write('gantry: ' + entry + ' is missing. Run "npm run build" in the checkout.\n');
  process.exit(78);
} else {
  var module = await import('node:module');
  if (module.enableCompileCache) module.enableCompileCache();
  await import(entry);
}

/** Runs this again with a newer Node, forwards signals, and exits with its status. */
async function runWith(node) {
  var {spawn} = await import('node:child_process');
  var child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), {stdio: 'inherit'});
  // The child decides what a signal means, and must not be left running; one from the terminal reaches it twice.
  var handlers = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'].map((signal) => [signal, () => child.kill(signal)]);
  var stop = () => stopWith(child, stop);
  handlers.push(['SIGTSTP', stop], ['SIGCONT', () => continueWith(child)]);
  for (var [signal, handler] of handlers) process.on(signal, handler);
  child.on('error', (error) => {
    process.stderr.write('gantry: ' + node + ' does not start: ' + error.message + '\n');
    process.exit(70);
  });
  child.on('exit', (status, signal) => {
    for (var [name, handler] of handlers) process.off(name, handler);
    if (signal) process.kill(process.pid, signal);
    else process.exit(status === null ? 70 : status);
  });
}

/** The child gives the terminal away first, which takes a slow one seconds; then this stops, for which the shell waits. */
function stopWith(child, handler) {
  // The console sends it to this process too, as it stops.
  var ignore = () => {};
  process.on('SIGTSTP', ignore);
  process.off('SIGTSTP', handler);
  if (!isStopped(child)) child.kill('SIGTSTP');
  var untilMs = Date.now() + 15000;
  var look = () => {
    var hasStopped = isStopped(child);
    // No shell controls it, or it has something better to do than to stop.
    if (!hasStopped && Date.now() < untilMs && child.exitCode === null && child.signalCode === null) {
      setTimeout(look, 20);
      return;
    }
    process.off('SIGTSTP', ignore);
    if (hasStopped) process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', handler);
  };
  look();
}

/** The shell continues both; another program only this one. */
function continueWith(child) {
  if (isStopped(child)) child.kill('SIGCONT');
}

/** By /proc/<pid>/stat, whose name field may hold anything, also parentheses. */
function isStopped(child) {
  try {
    var stat = fs.readFileSync('/proc/' + child.pid + '/stat', 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) === 'T';
  } catch (_error) {
    return false;
  }
}
