// A real OAuth authorization server on the loopback: oidc-provider, certified by the OpenID Foundation.
// node authorization_server.mjs PORT; prints a line once it listens. Whoever logs in is whoever they say.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const jwk = ({ privateKey }, alg) => ({ ...privateKey.export({ format: "jwk" }), kid: alg, use: "sig", alg });
const keys = [
  jwk(generateKeyPairSync("ec", { namedCurve: "P-256" }), "ES256"),
  jwk(generateKeyPairSync("rsa", { modulusLength: 2048 }), "RS256"), // of ID tokens, which nobody here asks for
];
const robot = (id, scope) => ({
  client_id: id, client_secret: id, grant_types: ["client_credentials"], redirect_uris: [], response_types: [], scope,
});
const provider = new Provider(issuer, {
  jwks: { keys },
  clients: [robot("robot", "voice"), robot("mute-robot", "other")],
  cookies: { keys: ["of this run"] },
  scopes: ["openid", "offline_access", "voice", "other"],
  features: {
    clientCredentials: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: "voice other", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 300,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});
createServer(provider.callback()).listen(port, "127.0.0.1", () => console.log(`listening at ${issuer}`));
