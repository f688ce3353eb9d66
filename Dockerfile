# Homeward in production: compiled, without development or embedded-database packages, not as root.
# It needs a PostgreSQL (DATABASE_URL) and an issuer of tokens (AUTH_*): see compose.yaml and docs/configuration.md.

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts
COPY . .
# The compiler and the types are dependencies, since a clone is built where it is started; then they have done their work.
RUN npm run build \
  && rm -rf node_modules/typescript node_modules/@types node_modules/.bin dist/.tsbuildinfo

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/var/lib/homeward
WORKDIR /app
RUN install -d -o node -g node -m 0700 "$DATA_DIR" /var/lib/homeward-anchor
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/openapi ./openapi
COPY --from=build /app/examples ./examples
COPY --from=build /app/dist ./dist
# The templates of the pages.
COPY --from=build /app/src/interfaces/console ./src/interfaces/console
# The user `node` of the image, by its numbers, so that a host can tell that it is not root.
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["node", "bin/healthcheck.js"]
# Buffers of a megabyte and more go back to the system when they are free (docs/performance.md).
ENV MALLOC_MMAP_THRESHOLD_=1048576
# Room for young objects: a summary is half a megabyte, and is garbage once answered (docs/benchmark.md).
ENTRYPOINT ["node", "--max-semi-space-size=32", "bin/homeward.js"]
CMD ["serve"]
