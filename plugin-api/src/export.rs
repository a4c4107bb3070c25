//! Glue between the author's traits and the raw boundary.

use crate::abi::{
    Bundle, RawDataset, RawDataset_TO, RawDatasetBox, RawHostBox, RawModel, RawModel_TO, RawModelBox,
    RawNetworkBox, RawResult, RawTrainer, RawTrainer_TO, RawTrainerBox, catch,
};
use crate::fence::Fenced;
use crate::{
    Batch, Component, Config, Ctx, Dataset, Error, Model, Network, NetworkInfo, Node, PluginManifest, Result,
    Tensor, Trainer,
};
use abi_stable::erased_types::TD_Opaque;
use abi_stable::std_types::RSlice;

struct BoundTrainer<T> {
    rule: Fenced<T>,
    net: Network,
    ctx: Ctx,
}

impl<T: Trainer> RawTrainer for BoundTrainer<T> {
    fn begin_training(&mut self) -> RawResult<()> {
        catch("begin_training", || {
            self.rule.begin_training(&self.net, &self.ctx)
        })
    }
    fn begin_epoch(&mut self, epoch: u64) -> RawResult<()> {
        catch("begin_epoch", || {
            self.rule.begin_epoch(&self.net, epoch, &self.ctx)
        })
    }
    fn train_batch(&mut self, batch: Bundle) -> RawResult<Bundle> {
        catch("train_batch", || {
            let batch = Batch::from_bundle(batch)?;
            Ok(self.rule.train_batch(&self.net, &batch, &self.ctx)?.into_bundle())
        })
    }
    fn predict(&mut self, batch: Bundle) -> RawResult<Bundle> {
        catch("predict", || {
            let batch = Batch::from_bundle(batch)?;
            let mut answer = Bundle::new();
            if let Some(scores) = self.rule.predict(&self.net, &batch, &self.ctx)? {
                answer.put_tensor("scores", scores);
            }
            Ok(answer)
        })
    }
    fn end_epoch(&mut self, epoch: u64) -> RawResult<Bundle> {
        catch("end_epoch", || {
            let mut answer = Bundle::new();
            for (name, value) in self.rule.end_epoch(&self.net, epoch, &self.ctx)? {
                answer.put_real(&format!("scalar.{name}"), value);
            }
            Ok(answer)
        })
    }
    fn end_training(&mut self) -> RawResult<()> {
        catch("end_training", || self.rule.end_training(&self.net, &self.ctx))
    }
    fn save(&mut self) -> RawResult<Bundle> {
        catch("save", || {
            let mut state = Bundle::new();
            self.rule.save(&mut state)?;
            Ok(state)
        })
    }
    fn load(&mut self, state: Bundle) -> RawResult<()> {
        catch("load", || self.rule.load(&state))
    }
    #[cfg(feature = "next-minor")]
    fn remarks(&mut self) -> RawResult<RString> {
        abi_stable::std_types::RResult::ROk("built for the next minor version".into())
    }
}

impl<M: Model> RawModel for ModelOf<M> {
    fn build(&self, config: RStr<'_>, input_shape: RSlice<'_, u64>, classes: u64) -> RawResult<RString> {
        catch("build", || {
            let config = Config::from_json(config.as_str())?;
            let shape: Vec<usize> = input_shape.iter().map(|d| *d as usize).collect();
            let graph = self.0.build(&config, &shape, classes as usize)?;
            Ok(serde_json::to_string(&graph)?.into())
        })
    }
    fn node_forward(&self, node: RStr<'_>, inputs: Bundle) -> RawResult<Bundle> {
        catch("node_forward", || {
            let node: Node = serde_json::from_str(node.as_str())?;
            let mut answer = Bundle::new();
            answer.put_tensor(
                "output",
                self.0.node_forward(&node, &numbered(&inputs, "input")?)?,
            );
            Ok(answer)
        })
    }
    fn node_vjp(&self, node: RStr<'_>, inputs: Bundle) -> RawResult<Bundle> {
        catch("node_vjp", || {
            let node: Node = serde_json::from_str(node.as_str())?;
            let grads = self.0.node_vjp(
                &node,
                &numbered(&inputs, "input")?,
                &inputs.tensor("grad_output")?,
            )?;
            let mut answer = Bundle::new();
            for (i, grad) in grads.into_iter().enumerate() {
                answer.put_tensor(&format!("grad_input.{i}"), grad);
            }
            Ok(answer)
        })
    }
}

fn numbered(bundle: &Bundle, prefix: &str) -> Result<Vec<Tensor>> {
    (0..)
        .map(|i| format!("{prefix}.{i}"))
        .take_while(|name| bundle.get(name).is_some())
        .map(|name| bundle.tensor(&name))
        .collect()
}

struct ModelOf<M>(Fenced<M>);

struct DatasetOf<D>(Fenced<D>);

impl<D: Dataset> RawDataset for DatasetOf<D> {
    fn describe(&self) -> RString {
        let text = catch("info", || Ok(serde_json::to_string(&self.0.info())?));
        text.into_result().unwrap_or_default().into()
    }
    fn read(&self, split: RStr<'_>, indices: RSlice<'_, u64>) -> RawResult<Bundle> {
        catch("read", || {
            Ok(self.0.read(split.as_str(), indices.as_slice())?.into_bundle())
        })
    }
}

/// One exported component, for [`export_plugin!`](crate::export_plugin).
#[derive(Clone, Copy)]
pub struct Exported {
    /// `trainer`, `model` or `dataset`.
    pub kind: &'static str,
    /// Its key.
    pub key: &'static str,
    manifest: fn() -> Component,
    check: fn(&Config, &NetworkInfo) -> Result<()>,
    trainer: fn(&Config, RawNetworkBox, RawHostBox) -> Result<RawTrainerBox>,
    model: fn(RawHostBox) -> Result<RawModelBox>,
    dataset: fn(&Config, RawHostBox) -> Result<RawDatasetBox>,
}

impl Exported {
    const NONE: Exported = Exported {
        kind: "",
        key: "",
        manifest: Component::default,
        check: |_, _| Ok(()),
        trainer: |_, _, _| Err(wrong_kind("trainer")),
        model: |_| Err(wrong_kind("model")),
        dataset: |_, _| Err(wrong_kind("data set")),
    };

    /// A trainer.
    pub const fn trainer<T: Trainer>() -> Self {
        Exported {
            kind: "trainer",
            key: T::KEY,
            manifest: T::manifest,
            check: T::check,
            trainer: |config, net, host| {
                let ctx = Ctx::from_raw(host)?;
                let net = Network::from_raw(net)?;
                let rule = T::new(config, &net, &ctx)?;
                Ok(RawTrainer_TO::from_value(
                    BoundTrainer {
                        rule: Fenced::new(rule),
                        net,
                        ctx,
                    },
                    TD_Opaque,
                ))
            },
            ..Exported::NONE
        }
    }

    /// A model family.
    pub const fn model<M: Model>() -> Self {
        Exported {
            kind: "model",
            key: M::KEY,
            manifest: M::manifest,
            model: |host| {
                Ok(RawModel_TO::from_value(
                    ModelOf(Fenced::new(M::new(&Ctx::from_raw(host)?)?)),
                    TD_Opaque,
                ))
            },
            ..Exported::NONE
        }
    }

    /// A data set.
    pub const fn dataset<D: Dataset>() -> Self {
        Exported {
            kind: "dataset",
            key: D::KEY,
            manifest: D::manifest,
            dataset: |config, host| {
                let data = D::open(config, &Ctx::from_raw(host)?)?;
                Ok(RawDataset_TO::from_value(DatasetOf(Fenced::new(data)), TD_Opaque))
            },
            ..Exported::NONE
        }
    }
}

fn wrong_kind(wanted: &str) -> Error {
    Error::new("host-fault", format!("this component is no {wanted}"))
}

/// The manifest of a plugin as JSON.
pub fn manifest(name: &str, version: &str, license: &str, components: &[Exported]) -> RString {
    let text = catch("manifest", || {
        let components = components
            .iter()
            .map(|exported| {
                let mut component = (exported.manifest)();
                component.kind = exported.kind.to_owned();
                component.key = exported.key.to_owned();
                component.version = version.to_owned();
                if component.license.is_empty() {
                    component.license = license.to_owned();
                }
                component
            })
            .collect();
        let manifest = PluginManifest {
            name: name.to_owned(),
            version: version.to_owned(),
            components,
        };
        Ok(serde_json::to_string(&manifest)?)
    });
    text.into_result().unwrap_or_default().into()
}

fn find<'a>(components: &'a [Exported], kind: &str, key: &str) -> Result<&'a Exported> {
    components
        .iter()
        .find(|c| c.kind == kind && c.key == key)
        .ok_or_else(|| Error::new("unknown-key", format!("this plugin has no {kind} called `{key}`")))
}

/// [`PluginModule::check_trainer`](crate::abi::PluginModule).
pub fn check_trainer(
    components: &[Exported],
    key: RStr<'_>,
    config: RStr<'_>,
    network: RStr<'_>,
) -> RawResult<()> {
    catch("check", || {
        let config = Config::from_json(config.as_str())?;
        let network = serde_json::from_str(network.as_str())?;
        (find(components, "trainer", key.as_str())?.check)(&config, &network)
    })
}

/// [`PluginModule::create_trainer`](crate::abi::PluginModule).
pub fn create_trainer(
    components: &[Exported],
    key: RStr<'_>,
    config: RStr<'_>,
    network: RawNetworkBox,
    host: RawHostBox,
) -> RawResult<RawTrainerBox> {
    catch("new", || {
        let config = Config::from_json(config.as_str())?;
        (find(components, "trainer", key.as_str())?.trainer)(&config, network, host)
    })
}

/// [`PluginModule::create_model`](crate::abi::PluginModule).
pub fn create_model(components: &[Exported], key: RStr<'_>, host: RawHostBox) -> RawResult<RawModelBox> {
    catch("new", || (find(components, "model", key.as_str())?.model)(host))
}

/// [`PluginModule::open_dataset`](crate::abi::PluginModule).
pub fn open_dataset(
    components: &[Exported],
    key: RStr<'_>,
    config: RStr<'_>,
    host: RawHostBox,
) -> RawResult<RawDatasetBox> {
    catch("open", || {
        let config = Config::from_json(config.as_str())?;
        (find(components, "dataset", key.as_str())?.dataset)(&config, host)
    })
}

/// The keys of the components as one text for the descriptor: `trainer:bptt model:fc_snn`.
pub const fn keys(components: &[Exported]) -> crate::abi::Text<512> {
    let mut bytes = [0; 512];
    let mut at = 0;
    let mut i = 0;
    while i < components.len() {
        if i > 0 {
            at = append(&mut bytes, at, b" ");
        }
        at = append(&mut bytes, at, components[i].kind.as_bytes());
        at = append(&mut bytes, at, b":");
        at = append(&mut bytes, at, components[i].key.as_bytes());
        i += 1;
    }
    crate::abi::Text { bytes }
}

const fn append(to: &mut [u8; 512], mut at: usize, text: &[u8]) -> usize {
    let mut i = 0;
    while i < text.len() && at < to.len() {
        to[at] = text[i];
        at += 1;
        i += 1;
    }
    at
}

/// Exports components from a `cdylib` crate; use it once, at the crate's root.
///
/// ```ignore
/// neurotrain_plugin_api::export_plugin!(trainers: [MyRule], models: [MyNetwork], datasets: [MyData]);
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($(trainers: [$($trainer:ty),* $(,)?])? $(,)? $(models: [$($model:ty),* $(,)?])? $(,)?
     $(datasets: [$($dataset:ty),* $(,)?])? $(,)?) => {
        const _: () = {
            const COMPONENTS: &[$crate::export::Exported] = &[
                $($($crate::export::Exported::trainer::<$trainer>(),)*)?
                $($($crate::export::Exported::model::<$model>(),)*)?
                $($($crate::export::Exported::dataset::<$dataset>(),)*)?
            ];
            // In a block of its own, since these names would hide an author's of the same spelling above.
            const _: () = {
                use $crate::abi::*;
                use $crate::export::*;

                #[unsafe(no_mangle)]
                #[used]
                pub static NEUROTRAIN_PLUGIN_DESCRIPTOR: Descriptor = Descriptor::new(
                    env!("CARGO_PKG_NAME"),
                    env!("CARGO_PKG_VERSION"),
                    keys(COMPONENTS),
                    COMPONENTS.len() as u32,
                );

                extern "C" fn manifest_json() -> RString {
                    manifest(
                        env!("CARGO_PKG_NAME"),
                        env!("CARGO_PKG_VERSION"),
                        env!("CARGO_PKG_LICENSE"),
                        COMPONENTS,
                    )
                }
                extern "C" fn check(key: RStr<'_>, config: RStr<'_>, network: RStr<'_>) -> RawResult<()> {
                    check_trainer(COMPONENTS, key, config, network)
                }
                extern "C" fn trainer(
                    key: RStr<'_>,
                    config: RStr<'_>,
                    network: RawNetworkBox,
                    host: RawHostBox,
                ) -> RawResult<RawTrainerBox> {
                    create_trainer(COMPONENTS, key, config, network, host)
                }
                extern "C" fn model(key: RStr<'_>, host: RawHostBox) -> RawResult<RawModelBox> {
                    create_model(COMPONENTS, key, host)
                }
                extern "C" fn dataset(key: RStr<'_>, config: RStr<'_>, host: RawHostBox) -> RawResult<RawDatasetBox> {
                    open_dataset(COMPONENTS, key, config, host)
                }
                extern "C" fn root_module() -> RootModuleResult {
                    __call_root_module_loader(|| {
                        module(manifest_json, check, trainer, model, dataset)
                    })
                }

                // The name under which abi_stable looks for a library's root module.
                #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
                #[used]
                pub static ROOT_MODULE_HEADER: LibHeader =
                    // SAFETY: `root_module` returns a `PluginModuleRef`.
                    unsafe { LibHeader::from_constructor::<PluginModuleRef>(root_module, CheckTypeLayout::Yes) };
            };
        };
    };
}

pub use abi_stable::library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult};
pub use abi_stable::std_types::{RStr, RString};

use crate::abi::{PluginModule, PluginModuleRef};
use abi_stable::prefix_type::PrefixTypeTrait;

type CheckFn = for<'a> extern "C" fn(RStr<'a>, RStr<'a>, RStr<'a>) -> RawResult<()>;
type TrainerFn =
    for<'a> extern "C" fn(RStr<'a>, RStr<'a>, RawNetworkBox, RawHostBox) -> RawResult<RawTrainerBox>;
type ModelFn = for<'a> extern "C" fn(RStr<'a>, RawHostBox) -> RawResult<RawModelBox>;
type DatasetFn = for<'a> extern "C" fn(RStr<'a>, RStr<'a>, RawHostBox) -> RawResult<RawDatasetBox>;

/// Assembles the root module; called once per plugin by the code of [`export_plugin!`](crate::export_plugin).
pub fn module(
    manifest: extern "C" fn() -> RString,
    check_trainer: CheckFn,
    create_trainer: TrainerFn,
    create_model: ModelFn,
    open_dataset: DatasetFn,
) -> PluginModuleRef {
    PluginModule {
        manifest,
        check_trainer,
        create_trainer,
        create_model,
        open_dataset,
        #[cfg(feature = "next-minor")]
        changelog,
    }
    .leak_into_prefix()
}

#[cfg(feature = "next-minor")]
extern "C" fn changelog() -> RString {
    "1.1: remarks".into()
}
