# The image of tracker-link-server. The check of the project (.ci/run) runs the npm steps and the start of this file.
# A base of your own (a mirror, a digest): docker build --build-arg NODE_IMAGE=…
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci
COPY tsconfig.json tsconfig.build.json tsconfig.types.json ./
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm runs the first one after the installation: it removes what npm cannot leave out, the TypeScript compiler among it.
COPY scripts/trim-packages.js scripts/build-tap.js ./scripts/
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="tracker-link-server" \
      org.opencontainers.image.description="Answers Yandex Tracker's three calls for any external application, and keeps the links in PostgreSQL." \
      org.opencontainers.image.licenses="MIT"
# As PID 1 tini hands signals on and collects ended processes: those of a killed embedded PostgreSQL, too.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
# Nothing is installed in a running container: no package manager of Node's is left in it.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
           /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && ln -s /app/bin/tracker-links.js /usr/local/bin/tracker-links \
 && install -d -o node -g node -m 0700 /data
# ADMIN_HOST stays 127.0.0.1: what operators use is reached from inside the container only.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data
WORKDIR /app
COPY package.json LICENSE THIRD-PARTY-LICENSES.md ./
COPY bin ./bin
COPY docs/openapi.json ./docs/
COPY examples ./examples
COPY prisma ./prisma
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
# The embedded PostgreSQL, for a trial. With DATABASE_URL or DATABASE_URL_FILE nothing is written here.
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
  CMD ["tracker-links", "health"]
ENTRYPOINT ["tini", "--", "tracker-links"]
CMD ["serve"]
