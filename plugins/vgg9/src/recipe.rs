//! What a configuration comes to: neurons, weights, and where maps are pooled.

use neurotrain_plugin_api::serde_json::{Value, json};
use neurotrain_plugin_api::{Config, Error, Lif, Result, Surrogate};

/// What follows the neurons of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    None,
    /// Largest of 2 × 2.
    Max,
    /// Mean of 2 × 2.
    Average,
    /// Means over a grid of this side.
    Grid(usize),
}

impl Pool {
    /// Kind and attributes of the node.
    pub(crate) fn node(self) -> Option<(&'static str, Value)> {
        let window = json!({ "kernel": 2, "stride": 2 });
        match self {
            Pool::None => None,
            Pool::Max => Some(("max_pool2d", window)),
            Pool::Average => Some(("avg_pool2d", window)),
            Pool::Grid(side) => Some(("adaptive_avg_pool2d", json!({ "output": [side, side] }))),
        }
    }

    /// Side of a map of side `length` afterwards; halves are rounded down.
    pub(crate) fn side(self, length: usize) -> Option<usize> {
        match self {
            Pool::None => Some(length),
            Pool::Max | Pool::Average => Some(length / 2).filter(|half| *half > 0),
            Pool::Grid(side) => (side <= length).then_some(side),
        }
    }
}

/// A block: convolution, neurons, scaling, pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) channels: usize,
    pub(crate) pool: Pool,
}

/// The blocks of a network.
pub(crate) fn blocks(config: &Config) -> Result<Vec<Block>> {
    let channels = config.usizes("channels")?;
    let count = channels.len();
    if channels.is_empty() || channels.contains(&0) {
        return Err(bad(format!("no block can be empty: `channels` is {channels:?}")));
    }
    let pooled = config.usizes("pool_after_blocks")?;
    let tp = config.bool("use_tp_pool")?;
    if let Some(block) = pooled.iter().find(|b| !tp && !(1..=count).contains(*b)) {
        return Err(bad(format!(
            "`pool_after_blocks` names block {block}, but `channels` has blocks 1 to {count}"
        )));
    }
    let grid = config.usize("li_head_spatial")?;
    let pool = |block: usize| match (tp, block) {
        (true, last) if last == count => Pool::Grid(grid),
        (true, even) if even.is_multiple_of(2) => Pool::Max,
        (false, block) if pooled.contains(&block) => Pool::Average,
        _ => Pool::None,
    };
    Ok((1..)
        .zip(channels)
        .map(|(block, channels)| Block {
            channels,
            pool: pool(block),
        })
        .collect())
}

/// The neurons of the blocks.
pub(crate) fn neuron(config: &Config) -> Result<Lif> {
    Ok(Lif {
        beta: config.f64("beta")?,
        threshold: config.f64("threshold")?,
        reset: config.text("reset_mechanism")?.to_owned(),
        reset_order: "delayed".into(),
        surrogate: match config.text("surrogate_kind")? {
            "atan" => Surrogate::Atan {
                scale: config.f64("surrogate_scale")?,
            },
            _ => Surrogate::Sigmoid {
                slope: config.f64("surrogate_slope")?,
            },
        },
    })
}

pub(crate) fn bad(message: String) -> Error {
    Error::new("bad-config", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::manifest;

    fn pools(edit: impl FnOnce(&mut Config)) -> Result<Vec<Pool>> {
        let mut config = Config::defaults(&manifest().params);
        edit(&mut config);
        Ok(blocks(&config)?.iter().map(|b| b.pool).collect())
    }

    #[test]
    fn pools_stand_where_the_recipes_put_them() {
        use Pool::{Average, Grid, Max, None};
        let tp = pools(|c| c.set("use_tp_pool", true)).expect("blocks");
        assert_eq!(tp, [None, Max, None, Max, None, Max, None, Grid(2)]);
        let small = pools(|_| ()).expect("blocks");
        assert_eq!(small, [None, Average, None, Average, None, None, None, None]);
        let large = pools(|c| c.set("pool_after_blocks", vec![2, 4, 6])).expect("blocks");
        assert_eq!(large, [None, Average, None, Average, None, Average, None, None]);
    }

    #[test]
    fn a_pool_after_no_block_is_refused() {
        let error = pools(|c| c.set("pool_after_blocks", vec![2, 9])).expect_err("no block 9");
        assert!(error.to_string().contains("block 9"), "{error}");
        assert!(pools(|c| c.set("channels", Vec::<i64>::new())).is_err());
    }

    #[test]
    fn odd_maps_lose_a_row_and_small_ones_are_used_up() {
        assert_eq!(Pool::Max.side(7), Some(3));
        assert_eq!(Pool::Average.side(1), Option::None);
        assert_eq!(Pool::Grid(2).side(3), Some(2));
        assert_eq!(Pool::Grid(2).side(1), Option::None);
    }
}
