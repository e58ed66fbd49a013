# One image per service: docker build --build-arg SERVICE=worker .
# Migrations and health checks are in the image; the command runs TypeScript directly on Node 24.
FROM node:24-bookworm-slim AS base
RUN npm install --global pnpm@10.34.9
WORKDIR /app

FROM base AS pruned
ARG SERVICE
COPY . .
RUN npx -y turbo@2.11.11 prune "@halftone/${SERVICE}" --docker

FROM base AS installed
COPY --from=pruned /app/out/json/ .
RUN pnpm install --frozen-lockfile --prod --config.verify-deps-before-run=false
COPY --from=pruned /app/out/full/ .

FROM node:24-bookworm-slim
ARG SERVICE
WORKDIR /app
COPY --from=installed --chown=node:node /app .
RUN ln -s "$([ -d services/${SERVICE} ] && echo services/${SERVICE} || echo packages/${SERVICE})" service \
 && mkdir -p /data && chown node:node /data
USER node
ENV NODE_ENV=production HALFTONE_HEALTH_HOST=0.0.0.0 HALFTONE_HEALTH_PORT=9090 HALFTONE_HOST=0.0.0.0
VOLUME /data
CMD ["node", "service/src/main.ts"]
