import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Express, RequestHandler } from 'express';
import type { AssetName, AssetPaths } from '../status-page/document.js';

interface Asset {
  /** Without the query. */
  readonly path: string;
  readonly type: string;
  /** Changes with the content: what a browser keeps under it never grows old. */
  readonly version: string;
  readonly plain: Buffer;
  readonly packed: Buffer;
}

const web = (name: string) => fileURLToPath(new URL(`../../web/${name}`, import.meta.url));
const script = 'text/javascript; charset=utf-8';

const sources: Readonly<Record<AssetName, readonly [path: string, type: string, file: string]>> = {
  style: ['/assets/style.css', 'text/css; charset=utf-8', web('style.css')],
  live: ['/assets/live.js', script, web('live.js')],
  icon: ['/assets/icon.svg', 'image/svg+xml', web('icon.svg')],
  // https://github.com/bigskysoftware/idiomorph: changes what is there into what should be there.
  morph: [
    '/assets/idiomorph.js',
    script,
    fileURLToPath(import.meta.resolve('idiomorph/dist/idiomorph.min.js')),
  ],
};

const names = Object.keys(sources) as AssetName[];

function assetOf(name: AssetName): Asset {
  const [path, type, file] = sources[name];
  const plain = readFileSync(file);
  const version = createHash('sha256').update(plain).digest('hex').slice(0, 10);
  return { path, type, version, plain, packed: gzipSync(plain, { level: 9 }) };
}

function serve({ type, plain, packed }: Asset): RequestHandler {
  return (request, response) => {
    const isPacked = request.acceptsEncodings('gzip') === 'gzip';
    response.setHeader('Content-Type', type);
    response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    response.vary('Accept-Encoding');
    if (isPacked) response.setHeader('Content-Encoding', 'gzip');
    response.end(isPacked ? packed : plain);
  };
}

/** Adds style sheet, scripts and icon of the pages, read once; answers with the paths to ask for. */
export function addAssets(app: Express, onlyGet: RequestHandler): AssetPaths {
  const paths = names.map((name) => {
    const asset = assetOf(name);
    app.route(asset.path).get(serve(asset)).all(onlyGet);
    return [name, `${asset.path}?v=${asset.version}`] as const;
  });
  return Object.fromEntries(paths) as AssetPaths;
}
