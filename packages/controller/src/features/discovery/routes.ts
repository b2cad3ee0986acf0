import { assetRoutes, networkRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createAssets } from './assets.ts';
import type { createNetworks } from './networks/service.ts';

interface Services {
  readonly networks: ReturnType<typeof createNetworks>;
  readonly assets: ReturnType<typeof createAssets>;
}

export function mountDiscoveryRoutes(http: Http, { networks, assets }: Services): void {
  http.mount(networkRoutes.list, (context, { query }) => networks.list(context, query));
  http.mount(networkRoutes.read, (context, { params }) => networks.read(context, params.id));
  http.mount(networkRoutes.update, (context, { params, body }) =>
    networks.update(context, params.id, body),
  );
  http.mount(assetRoutes.list, (context, { query }) => assets.list(context, query));
  http.mount(assetRoutes.read, (context, { params }) => assets.read(context, params.id));
  http.mount(assetRoutes.update, (context, { params, body }) =>
    assets.update(context, params.id, body),
  );
}
