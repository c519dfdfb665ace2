# Remakes reference.csv from sessions.csv and episodes.csv: Rscript make_reference.R (in this folder).
# Groups, exposure and landmark are worked out here anew, so that they have a witness, too.
suppressPackageStartupMessages({ library(sandwich); library(lme4) })
s <- read.csv("sessions.csv"); e <- read.csv("episodes.csv")
s <- s[order(s$client, s$session), ]
judged <- names(which(table(s$client) >= 2))                  # a running high needs a session before
n_all <- table(factor(e$client, unique(s$client)))
n_rep <- table(factor(e$client[e$outcome == "repaired"], unique(s$client)))
repaired <- names(n_all)[n_rep > 0 & n_rep == n_all]
none <- intersect(names(n_all)[n_all == 0], judged)
not_repaired <- names(n_all)[n_all > 0 & n_rep == 0]
first <- tapply(s$total, s$client, head, 1); last <- tapply(s$total, s$client, tail, 1)
rated <- tapply(s$total, s$client, length)
rows <- list()
put <- function(analysis, estimate, se, df)
  rows[[length(rows) + 1]] <<- data.frame(analysis, estimate = signif(estimate, 9), se = signif(se, 9), df = signif(df, 9))

welch <- function(name, a, b) { t <- t.test(last[a], last[b]); put(name, t$estimate[[1]] - t$estimate[[2]], t$stderr, t$parameter[[1]]) }
welch("last session: repaired v uninterrupted", repaired, none)
welch("last session: repaired v not repaired", repaired, not_repaired)

who <- c(repaired, none)
d <- data.frame(last = last[who], first = first[who], n = as.numeric(rated[who]), group = as.numeric(who %in% repaired))
hc3 <- function(name, m) put(name, coef(m)[["group"]], sqrt(vcovHC(m, type = "HC3")["group", "group"]), m$df.residual)
hc3("last session given the first", lm(last ~ group + first, d))
hc3("last session given the first and the length", lm(last ~ group + first + log(n), d))

control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
fixed <- function(name, m, term) put(name, fixef(m)[[term]], sqrt(vcov(m)[term, term]), Inf)
g <- s[s$client %in% who, ]; g$group <- as.numeric(g$client %in% repaired); g$time <- log(g$session)
fixed("growth by group", lmer(total ~ time * group + (1 + time | client), g, control = control), "time:group")

j <- s[s$client %in% judged, ]; j$time <- log(j$session)
r <- e[e$outcome == "repaired", ]
j$so_far <- mapply(function(c, t) sum(r$client == c & r$end < t), j$client, j$session)
m <- lm(total ~ so_far + time + factor(client), j)
G <- length(judged); n <- nrow(j)
v <- vcovCL(m, cluster = j$client, type = "HC0", cadjust = FALSE)["so_far", "so_far"] * G / (G - 1) * (n - 1) / (n - 2)
put("repairs so far, fixed effects", coef(m)[["so_far"]], sqrt(v), G - 1)
j$between <- ave(j$so_far, j$client); j$within <- j$so_far - j$between
fixed("repairs so far, mixed model", lmer(total ~ time + within + between + (1 | client), j, control = control), "within")

k <- 8
early <- s[s$session <= k, ]; late <- s[s$session > k, ]
by_then <- tapply(early$total, early$client, mean); after <- tapply(late$total, late$client, mean)
here <- intersect(names(by_then), names(after))
known <- e[e$onset <= k, ]
mended <- unique(known$client[known$outcome == "repaired" & known$end <= k])
other <- unique(known$client[!(known$outcome == "repaired" & known$end <= k)])
a <- intersect(here, setdiff(mended, other)); b <- setdiff(intersect(here, judged), known$client)
d <- data.frame(after = after[c(a, b)], mean = by_then[c(a, b)], first = first[c(a, b)], group = rep(1:0, c(length(a), length(b))))
hc3("landmark given the level so far", lm(after ~ group + mean, d))
hc3("landmark given the first score", lm(after ~ group + first, d))
writeLines(paste("#", R.version.string, "sandwich", packageVersion("sandwich"), "lme4", packageVersion("lme4")), "reference.csv")
suppressWarnings(write.table(do.call(rbind, rows), "reference.csv", append = TRUE, sep = ",", row.names = FALSE))
