// Serves a ready page of so many bytes: what any server on this machine pays for the same answer.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

const body = Buffer.alloc(Number(process.argv[2] ?? 0), 'x');
const app = express().get('/', (_request, response) => void response.end(body));
const server = createServer(app).listen(0, '127.0.0.1', () =>
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.on('disconnect', () => process.exit(0));
