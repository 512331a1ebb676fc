# The exporter as an image: no shell, no package manager, not root, nothing to write but what is mounted.
#   docker build -t sensei-exporter .
#   docker build -t sensei-exporter --target with-pgbackrest .    where collectors.backups asks pgBackRest
#   docker run --rm sensei-exporter --help

FROM node:20-bookworm-slim AS build
WORKDIR /app
# Packages first: a change of the code alone does not fetch them again.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npx tsc -p tsconfig.build.json
RUN npm prune --omit=dev --ignore-scripts

FROM scratch AS app
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY bin /app/bin
COPY schema /app/schema
COPY web /app/web
COPY sql /app/sql

# pgBackRest is a program of its own: it is not in the usual image.
FROM node:20-bookworm-slim AS with-pgbackrest
RUN apt-get update \
  && apt-get install -y --no-install-recommends pgbackrest ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY --from=app /app /app
ENV NODE_ENV=production
USER 65532:65532
WORKDIR /var/lib/sensei
EXPOSE 9808
ENTRYPOINT ["node", "/app/bin/sensei.js"]
CMD ["--help"]

FROM gcr.io/distroless/nodejs20-debian12:nonroot
LABEL org.opencontainers.image.title="sensei-exporter" \
      org.opencontainers.image.description="Monitoring and SLO compliance exporter for highly available platforms" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=app /app /app
ENV NODE_ENV=production
USER 65532:65532
WORKDIR /var/lib/sensei
EXPOSE 9808
ENTRYPOINT ["/nodejs/bin/node", "/app/bin/sensei.js"]
CMD ["--help"]
