#!/usr/bin/env node
// Name resolution and file reads share libuv's threads, four by default: four names that do not answer
// would hold up everything else. The number is read once, at the first use of a thread.
process.env.UV_THREADPOOL_SIZE ??= '32';
await import('../dist/cli/main.js');
